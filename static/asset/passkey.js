// Passkeys: what a browser holds for this address. A form with data-passkey says where the question comes from and
// whether a key is made or used; what the browser answers goes into its field "proof", and the form is sent. Without
// this script the forms stay hidden, and codes do the same.
(() => {
	"use strict";
	if (!window.PublicKeyCredential || /^[\d.]+$|:/.test(location.hostname)) return; // an IP number has no passkeys
	const text = b => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
	const octets = t => Uint8Array.from(atob(t.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));

	async function asked(form) {
		const answer = await fetch(form.dataset.passkey, {method: "POST", body: new URLSearchParams({form: form.elements.form.value})});
		if (!answer.ok) throw new Error(answer.statusText);
		const question = await answer.json();
		question.challenge = octets(question.challenge);
		const keys = (question.keys || []).map(id => ({type: "public-key", id: octets(id)}));
		if (form.dataset.make === undefined) {
			const made = await navigator.credentials.get({publicKey: {challenge: question.challenge, rpId: location.hostname, allowCredentials: keys, userVerification: "preferred"}});
			const r = made.response;
			return {id: text(made.rawId), client: text(r.clientDataJSON), authenticator: text(r.authenticatorData), signature: text(r.signature)};
		}
		const made = await navigator.credentials.create({publicKey: {
			challenge: question.challenge, rp: {id: location.hostname, name: question.house}, attestation: "none", excludeCredentials: keys,
			user: {id: octets(question.handle), name: question.name, displayName: question.name},
			authenticatorSelection: {userVerification: "preferred"},
			pubKeyCredParams: [-7, -8, -257].map(alg => ({type: "public-key", alg})),
		}});
		const r = made.response;
		return {id: text(made.rawId), client: text(r.clientDataJSON), authenticator: text(r.getAuthenticatorData()), public: text(r.getPublicKey())};
	}

	for (const form of document.querySelectorAll("form[data-passkey]")) {
		form.hidden = false;
		form.addEventListener("submit", event => {
			if (form.elements.proof.value) return;
			event.preventDefault();
			asked(form).then(proof => {
				form.elements.proof.value = JSON.stringify(proof);
				form.requestSubmit();
			}, () => { form.querySelector(".error").hidden = false; });
		});
	}
})();
