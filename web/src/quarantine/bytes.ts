/** decoded turns base64 into text where it is UTF-8, and says so where it is not. */
export function decoded(base64: string): { text: string; valid: boolean } {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), valid: true };
  } catch {
    return { text: new TextDecoder().decode(bytes), valid: false };
  }
}
