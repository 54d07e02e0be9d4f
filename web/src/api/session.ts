// The session is a cookie that the page cannot read. What is known here: that the server wants one, and by which name
// somebody goes where nobody has to sign in.

/** nameKey is where this browser keeps the name of its user where nobody has to sign in, for the history of what is changed. */
export const nameKey = "penstock.name";

let whenWanted: () => void = () => undefined;

/** onSessionWanted says what to do when the server refuses a request because nobody is signed in. */
export function onSessionWanted(act: () => void): void {
  whenWanted = act;
}

export function sessionWanted(): void {
  whenWanted();
}

/** actor is that name as a header can carry it: letters with marks lose them, others are left out. */
export function actor(): string {
  return asciiName(localStorage.getItem(nameKey) ?? "");
}

export function asciiName(name: string): string {
  return name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").trim().slice(0, 100);
}
