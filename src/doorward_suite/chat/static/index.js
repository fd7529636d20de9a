// The page of all rooms.
import { followRooms } from "./rooms.js";

const place = document.getElementById("chat-index");
followRooms(place.dataset.topic, place.dataset.cursor, 0, place.dataset.quiet);
