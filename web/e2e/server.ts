// A Penstock of a test's own, with users: the demo of the other tests lets everybody in.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const binary = process.env.PENSTOCK ?? join(import.meta.dirname, "../../bin/penstock");

async function freePort(): Promise<number> {
  const s = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => s.once("listening", done));
  const { port } = s.address() as AddressInfo;
  await new Promise((done) => s.close(done));
  return port;
}

/** OwnServer runs the real program on a folder of its own; some simulated records are its intake. */
export class OwnServer {
  private constructor(readonly base: string, private readonly dir: string, private readonly process: ChildProcess) {}

  static async start(): Promise<OwnServer> {
    const dir = mkdtempSync(join(tmpdir(), "penstock-e2e-"));
    const port = await freePort();
    const records = join(dir, "records.ndjson");
    const made = spawnSync(binary, ["simulate", "--out", records, "--count", "2000", "--backfill", "1h", "--unpaced", "--rate", "0.6", "--stories", "2m"]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
    const config = join(dir, "penstock.yaml");
    writeFileSync(config, `data: ${dir}/data\nserver: {listen: "127.0.0.1:${port}", public_url: "http://localhost:${port}"}\nintakes:\n  - name: file\n    file: {path: ${records}}\n`, { mode: 0o600 });
    const child = spawn("sh", ["-c", `exec "${binary}" serve --config "${config}" >"${dir}/log" 2>&1`]);
    const server = new OwnServer(`http://localhost:${port}`, dir, child);
    for (let i = 0; i < 300; i++) {
      if (child.exitCode !== null) throw new Error(server.log());
      if (await fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.ok, () => false)) return server;
      await pause(200);
    }
    throw new Error(server.log());
  }

  log(): string {
    return readFileSync(join(this.dir, "log"), "utf8");
  }

  /** link is the one-time link of the first administrator, which the program prints. */
  link(): string {
    const found = /https?:\/\/\S+\/welcome#\S+/.exec(this.log());
    if (!found) throw new Error(this.log());
    return found[0];
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill();
    await ended;
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Places are where intakes read in a test, each an emulator with the same records. */
export interface Places {
  brokers: string;
  ca: string;
  topic: string;
  user: string;
  password: string;
  namespace: string;
  storage: string;
  sas: string;
  names: string[];
}

/** Feeds runs a broker of Kafka, a namespace with a hub for each of three tables, and a storage account. */
export class Feeds {
  private constructor(readonly at: Places, private readonly process: ChildProcess) {}

  static async start(): Promise<Feeds> {
    const child = spawn("go", ["run", "./web/e2e/feeds"], { cwd: join(import.meta.dirname, "../.."), stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise<never>((_, no) => child.once("exit", (code) => no(new Error(`the feeds ended with ${code}`))));
    ended.catch(() => undefined);
    const time = new Date().toISOString();
    for (const [i, table] of ["DeviceInfo", "DeviceProcessEvents", "EmailEvents"].entries()) {
      child.stdin.write(`${JSON.stringify({ time, category: `AdvancedHunting-${table}`, properties: { Timestamp: time, DeviceName: "from-{place}", ReportId: i } })}\n`);
    }
    child.stdin.write("\n");
    let text = "";
    const told = (async () => {
      for await (const part of child.stdout) {
        text += String(part);
        if (text.endsWith("\n")) break;
      }
      return JSON.parse(text) as Places;
    })();
    return new Feeds(await Promise.race([told, ended]), child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.stdin?.end();
    await ended;
  }
}

/** The key that the emulator of a DemoHub asks for. */
const hubKey = Buffer.from("a key of a test").toString("base64");

/** DemoHub is an Event Hub with a simulated tenant's events: that of a `penstock demo` of its own. */
export class DemoHub {
  private constructor(private readonly port: number, private readonly dir: string, private readonly process: ChildProcess) {}

  static async start(): Promise<DemoHub> {
    const dir = mkdtempSync(join(tmpdir(), "penstock-hub-"));
    const [page, port] = [await freePort(), await freePort()];
    const flags = ["demo", "--data", dir, "--listen", `127.0.0.1:${page}`, "--hub-listen", `127.0.0.1:${port}`, "--hub-key", hubKey, "--rate", "20", "--backfill", "5m"];
    const child = spawn(binary, flags, { stdio: "ignore" });
    for (let i = 0; i < 300; i++) {
      if (child.exitCode !== null) throw new Error(`penstock demo ended with ${child.exitCode}`);
      if (await fetch(`http://127.0.0.1:${page}/readyz`).then((r) => r.ok, () => false)) return new DemoHub(port, dir, child);
      await pause(200);
    }
    throw new Error("penstock demo is not ready");
  }

  /** connection is the connection string of the hub, with the right key or another one. */
  connection(key = hubKey): string {
    return `Endpoint=sb://127.0.0.1:${this.port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${key};EntityPath=defender;UseDevelopmentEmulator=true`;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill();
    await ended;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
