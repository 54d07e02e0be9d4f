// Prints the tests that failed, from vitest's report in JSON.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const file of report.testResults) {
  const failed = file.assertionResults.filter((t) => t.status === "failed");
  if (file.status === "failed" && failed.length === 0) console.log(`FAILED ${file.name}: ${file.message}`);
  for (const t of failed) console.log(`FAILED ${file.name}: ${t.fullName}\n  ${t.failureMessages.join("\n  ").slice(0, 1500)}`);
}
