// What the browser does with passkeys. The server sends options and takes answers in the JSON form of WebAuthn.
import { answer, api } from "../api/client";

/** passkeysWork tells whether this browser can do it. */
export function passkeysWork(): boolean {
  return typeof PublicKeyCredential !== "undefined" && typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";
}

interface Options<T> {
  publicKey: T;
}

function json(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The browser gave no passkey.");
  return credential.toJSON();
}

/** signInByPasskey signs in, as second factor of a sign-in or alone. */
export async function signInByPasskey(ceremony: string): Promise<void> {
  const asked = await answer(api.POST("/api/v1/session/passkey", { body: { ceremony } }));
  const options = (asked.options as Options<PublicKeyCredentialRequestOptionsJSON>).publicKey;
  const credential = json(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));
  await answer(api.POST("/api/v1/session/passkey/answer", { body: { ceremony: asked.ceremony, credential } }));
}

/** addPasskey makes one for the own account, and gives the recovery codes that came with it. */
export async function addPasskey(name: string, passphrase: string): Promise<string[]> {
  const offered = await answer(api.POST("/api/v1/account/passkeys", { body: { passphrase } }));
  const options = (offered.options as Options<PublicKeyCredentialCreationOptionsJSON>).publicKey;
  const credential = json(await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }));
  const made = await answer(api.POST("/api/v1/account/passkeys/confirm", { body: { ceremony: offered.ceremony, name, credential } }));
  return made.codes;
}

/** passkeyProblem says in words why it did not work. */
export function passkeyProblem(error: unknown): string {
  if (error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError")) return "It was cancelled, or took too long.";
  if (error instanceof DOMException && error.name === "InvalidStateError") return "This authenticator already has a passkey for this account.";
  return error instanceof Error ? error.message : String(error);
}
