// Has the browser use a passkey, puts what it gave into a hidden field, and sends the form that the button stands in.
"use strict";

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue; // the row stays hidden
  const row = button.parentElement;
  row.hidden = false;
  button.addEventListener("click", async () => {
    const told = row.querySelector("[role=status]");
    button.disabled = true;
    told.textContent = "";
    try {
      document.getElementById(button.dataset.passkey).value = await used(button);
      button.form.submit(); // past the checks for a password, which is not needed now
    } catch (error) {
      told.textContent = error.name === "NotAllowedError" ? "No passkey was used." : error.message;
      button.disabled = false;
    }
  });
}

async function used(button) {
  const answer = await fetch(button.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": button.form.elements.csrfmiddlewaretoken.value },
  });
  const asked = await answer.json();
  if (!answer.ok) throw new Error(asked.detail);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
  const credential = await navigator.credentials.get({ publicKey });
  return JSON.stringify({ ceremony: asked.ceremony, credential: credential.toJSON() });
}
