import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { root: import.meta.dirname, include: ["*.test.ts"], testTimeout: 150_000, hookTimeout: 120_000, fileParallelism: false, retry: process.env.CI ? 1 : 0, expect: { poll: { timeout: 30_000 } } },
});
