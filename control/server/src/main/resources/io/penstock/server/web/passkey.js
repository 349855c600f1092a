// Passkeys: asks the browser for what the form holds, and sends the form with its answer. The pages need no script but for this.
"use strict";
(() => {
  const form = document.getElementById("passkey");
  const note = document.getElementById("passkey-note");
  const button = document.getElementById("passkey-go");
  if (!form || !note || !button) {
    return;
  }
  if (!window.PublicKeyCredential || !navigator.credentials) {
    note.textContent = "This browser has no passkeys. Use another one, or another second factor.";
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join(""))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const asked = JSON.parse(form.elements.options.value);
  const ask = () => {
    const publicKey = { ...asked, challenge: bytes(asked.challenge) };
    if (asked.user) {
      publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
      publicKey.excludeCredentials = known(asked.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = known(asked.allowCredentials);
    return navigator.credentials.get({ publicKey });
  };
  const answer = (credential) => {
    const said = credential.response;
    const response = { clientDataJSON: text(said.clientDataJSON) };
    if (said.attestationObject) {
      response.attestationObject = text(said.attestationObject);
      response.transports = said.getTransports ? said.getTransports() : [];
    } else {
      response.authenticatorData = text(said.authenticatorData);
      response.signature = text(said.signature);
      response.userHandle = said.userHandle ? text(said.userHandle) : null;
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
  };
  note.hidden = true;
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.answer.value !== "") {
      return;
    }
    event.preventDefault();
    button.disabled = true;
    ask().then((credential) => {
      form.elements.answer.value = JSON.stringify(answer(credential));
      form.submit();
    }).catch((fault) => {
      button.disabled = false;
      note.hidden = false;
      note.textContent = fault.name === "InvalidStateError"
        ? "This device has a passkey of yours already."
        : "That did not work, or took too long. Try again.";
    });
  });
})();
