import { expect, test } from "vitest";
import { examples, quoted } from "./examples";

test("what a shell would take apart is quoted", () => {
  expect(quoted("it's $HOME")).toBe("'it'\\''s $HOME'");
});

test("every command has the key and the address, and none has the key in the address", () => {
  for (const e of examples("https://penstock.example.com", "psi_key")) {
    expect(e.command).toContain("https://penstock.example.com");
    expect(e.command).not.toMatch(/intake_key=/);
    if (e.command.includes("curl")) expect(e.command).toContain("-H 'X-Intake-Key: psi_key'");
  }
});
