// Sends the form, with the token from the fragment, to the operation that the form names.
"use strict";

const form = document.querySelector("form");
const outcome = document.querySelector("#outcome");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname); // neither history nor a shared address keeps the token

if ("needsToken" in form.dataset && !token) {
  form.hidden = true;
  show("This link is not complete. Open it from the mail, or ask for a new one.", "problem");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  show("", "");
  const body = Object.fromEntries(new FormData(form));
  if (token) body.token = token;
  try {
    const answer = await fetch(form.dataset.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
    });
    if (answer.ok) {
      form.hidden = true;
      show(form.dataset.done, "done");
      return;
    }
    const problem = await answer.json();
    show((problem.errors.length && problem.errors[0].detail) || problem.detail, "problem");
  } catch {
    show("The server cannot be reached. Try again in a moment.", "problem");
  }
  button.disabled = false;
});

function show(text, kind) {
  outcome.textContent = text;
  outcome.dataset.kind = kind;
}
