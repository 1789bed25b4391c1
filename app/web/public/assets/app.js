// The page: shows what the API says, and keeps focus and announcements right while it changes.

import { countVisit, createNote, deleteNote, getVersion, listNotes } from "./api.js";

const part = (name) => document.querySelector(`[data-testid="${name}"]`);
const template = document.querySelector("template");
const list = part("notes-list");
const input = part("note-input");

let retry = showNotes;
let changes = 0;

part("note-form").addEventListener("submit", (event) => {
  event.preventDefault();
  addNote();
});
part("retry").addEventListener("click", () => retry());
// Somebody else may have written while this tab was in the background.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") showNotes();
});

showNotes();
showFooter();

async function showNotes() {
  const changesBefore = changes;
  try {
    const notes = await listNotes();
    // A list asked for before a change here may lack it.
    if (changes !== changesBefore) return showNotes();
    const isShown = notes.map(({ id }) => id).join() === Array.from(list.children, idOf).join();
    // Notes never change, so equal ids are equal lists: leave them, and the focus in them.
    if (!isShown) list.replaceChildren(...notes.map(item));
    part("loading").hidden = true;
    showWhetherEmpty();
    hideError();
  } catch (error) {
    part("loading").hidden = true;
    showError("The notes could not be loaded.", error, showNotes);
  } finally {
    part("notes").setAttribute("aria-busy", "false");
  }
}

async function addNote() {
  const text = input.value.trim();
  if (!text) return;
  const button = part("note-add");
  button.disabled = true;
  try {
    const note = await createNote(text);
    changes++;
    list.prepend(item(note));
    showWhetherEmpty();
    input.value = "";
    input.focus();
    hideError();
    announce("Note added.");
  } catch (error) {
    // The text stays in the field.
    showError("The note was not saved.", error, addNote);
  } finally {
    button.disabled = false;
  }
}

async function removeNote(note, element) {
  const button = element.querySelector("button");
  button.disabled = true;
  try {
    await deleteNote(note.id).catch((error) => {
      // Already gone is what was wanted.
      if (error.status !== 404) throw error;
    });
    changes++;
    // The focus would be lost with the button.
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    element.remove();
    (neighbour?.querySelector("button") ?? input).focus();
    showWhetherEmpty();
    hideError();
    announce("Note deleted.");
  } catch (error) {
    button.disabled = false;
    showError("The note was not deleted.", error, () => removeNote(note, element));
  }
}

// Decoration: when it cannot be had, the notes still work, and the page says nothing about it.
function showFooter() {
  countVisit()
    .then(({ visits }) => {
      part("visits").value = visits;
    })
    .catch(() => {});
  getVersion()
    .then(({ version, environment, pod }) => {
      part("version").textContent = version;
      part("pod").textContent = pod;
      part("environment").textContent = environment;
      part("environment").dataset.environment = environment;
      part("environment").hidden = false;
    })
    .catch(() => {});
}

function item(note) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.dataset.id = note.id;
  element.querySelector('[data-testid="note-text"]').textContent = note.text;
  const time = element.querySelector("time");
  time.dateTime = note.created_at;
  time.textContent = new Date(note.created_at).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const button = element.querySelector("button");
  button.setAttribute("aria-label", `Delete note: ${note.text}`);
  button.addEventListener("click", () => removeNote(note, element));
  return element;
}

function idOf(element) {
  return element.dataset.id;
}

function showWhetherEmpty() {
  part("empty").hidden = list.childElementCount > 0;
}

function showError(what, error, again) {
  retry = again;
  part("error-text").textContent = `${what} ${error.message}`;
  part("error").hidden = false;
}

function hideError() {
  part("error").hidden = true;
}

function announce(message) {
  part("status").textContent = message;
}
