// Passkeys. A form with data-passkey ("get" or "create") names where its challenge comes from (data-options) and, if it
// sends the answer elsewhere than the form's own address, where (data-action). The answer goes into hidden fields of the
// form, which is then sent like any other. With data-autofill the browser also offers passkeys while a name is typed.

const RENEW_MS = 4 * 60 * 1000; // a challenge lives for five minutes

const WHY_NOT = "Passkeys work only over HTTPS, or on localhost. This page has no secure connection.";
const TOO_OLD = "This browser cannot use passkeys.";
const FAILED = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again.",
  InvalidStateError: "This device already has a passkey for this account.",
  NotSupportedError: "This device cannot make a passkey of the kind that is needed.",
  SecurityError: "Passkeys do not work under this address.",
};

const unable = () => (!window.isSecureContext ? WHY_NOT : !window.PublicKeyCredential ? TOO_OLD : null);

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function read(options) {
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) asked.excludeCredentials = described(options.excludeCredentials);
  if (options.allowCredentials) asked.allowCredentials = described(options.allowCredentials);
  return asked;
}

function written(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    if (response.userHandle) answer.userHandle = text(response.userHandle);
  }
  const id = text(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response: answer });
}

class Refused extends Error {}

async function challenge(form) {
  const token = form.elements.namedItem("csrf_token").value;
  const headers = { "X-CSRF-Token": token, Accept: "application/json" };
  const answer = await fetch(form.dataset.options, { method: "POST", headers });
  const found = await answer.json();
  if (!answer.ok) throw new Refused(found.error?.message);
  return found;
}

function send(form, ticket, credential) {
  form.elements.namedItem("ticket").value = ticket;
  form.elements.namedItem("credential").value = written(credential);
  if (form.dataset.action) {
    form.action = form.dataset.action;
    const password = form.elements.namedItem("password");
    if (password) password.value = ""; // what was half typed is not asked for
  }
  form.submit();
}

function connect(form) {
  const button = form.querySelector("[data-passkey-button]");
  const message = form.querySelector("[data-passkey-message]");
  const say = (sentence) => {
    message.textContent = sentence;
    message.hidden = !sentence;
  };
  let offering = null;

  async function use(extra = {}) {
    const { publicKey, ticket } = await challenge(form);
    const asked = { publicKey: read(publicKey), ...extra };
    const credentials = navigator.credentials;
    const credential = await (form.dataset.passkey === "create" ? credentials.create(asked) : credentials.get(asked));
    if (credential) send(form, ticket, credential);
  }

  async function offer() {
    offering = new AbortController();
    const { signal } = offering;
    const renew = setTimeout(() => { offering.abort(); offer(); }, RENEW_MS);
    try {
      await use({ mediation: "conditional", signal });
    } catch {
      // Nobody asked for it: the button is still there, and says what is wrong.
    } finally {
      clearTimeout(renew);
    }
  }

  async function offerIfPossible() {
    if ("autofill" in form.dataset && (await PublicKeyCredential.isConditionalMediationAvailable?.())) offer();
  }

  const reason = unable();
  if (reason) {
    if (!("autofill" in form.dataset)) say(reason);
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    say("");
    offering?.abort();
    button.disabled = true;
    try {
      await use();
    } catch (problem) {
      say(FAILED[problem.name] ?? (problem instanceof Refused && problem.message ? problem.message : "That did not work. Reload the page and try again."));
      button.disabled = false;
      offerIfPossible();
    }
  });
  offerIfPossible();
}

document.querySelectorAll("form[data-passkey]").forEach(connect);
