// A QR code carries the token behind the #, which browsers send to nobody: it goes into the form, and out of the address.
const form = document.querySelector("[data-enter]");
const token = decodeURIComponent(location.hash.slice(1));
if (form && /^dw_[0-9A-Za-z]+$/.test(token)) {
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname);
  form.querySelector("button").focus();
}
