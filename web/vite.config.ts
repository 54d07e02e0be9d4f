import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

// The Go program embeds this folder. Its .gitignore keeps it in a clone where nothing is built, so it must outlive a build.
const assets = "assets";

function emptyAssets(): Plugin {
  return {
    name: "empty-assets",
    apply: "build",
    buildStart() {
      for (const name of readdirSync(assets)) {
        if (name !== ".gitignore") rmSync(join(assets, name), { recursive: true });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), emptyAssets()],
  build: {
    outDir: assets,
    assetsDir: "static",
    emptyOutDir: false,
    target: "es2022",
    chunkSizeWarningLimit: 700,
    // The Content-Security-Policy allows no fonts or images from inside a style sheet.
    assetsInlineLimit: 0,
    // What is bundled, with its licences, for the page About. The server reads it; it serves no file of such a name.
    license: { fileName: ".licences.json" },
  },
  server: { proxy: { "/api": process.env.PENSTOCK_URL ?? "http://127.0.0.1:8400" } },
});
