import { Alert, Button, FileInput, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { PackPolicy } from "../../api/client";
import { faultOf } from "../../api/problem";
import { refusalOf, uploadOf } from "./archive";
import type { Upload } from "./archive";
import { policyWords } from "./policy";
import { PolicyFields } from "./PolicyFields";
import { useInstall } from "./queries";
import { Report } from "./Report";

const stem = (file: string) => file.replace(/\.(?:zip|ya?ml)$/i, "");

/** Import brings rules in three steps: choose files, see how many of them apply and why others do not, install them. */
export function Import({ names }: { names: string[] }) {
  const [files, setFiles] = useState<File[]>([]);
  const [name, setName] = useState("");
  const [policy, setPolicy] = useState<PackPolicy>({});
  const [upload, setUpload] = useState<Upload>();
  const [unread, setUnread] = useState<string>();
  const look = useInstall();
  const install = useInstall();
  const refusal = files.length > 0 ? refusalOf(files) : undefined;
  const named = name.trim();
  const choose = (chosen: File[]) => {
    setFiles(chosen);
    setName(chosen[0] ? stem(chosen[0].name) : "");
    setUpload(undefined);
    setUnread(undefined);
    look.reset();
    install.reset();
  };
  const check = async () => {
    try {
      const read = await uploadOf(files);
      setUpload(read);
      look.mutate({ upload: read, name: named, policy, dryRun: true });
    } catch (e) {
      setUnread(`The files cannot be read: ${e instanceof Error ? e.message : String(e)}.`);
    }
  };
  const report = install.data ?? look.data;
  return (
    <section className="panel" aria-label="Import">
      <h2>Import rules</h2>
      <Stack p="md" gap="md">
        <Group gap="sm" align="flex-start">
          <FileInput
            label="Files" description="A zip archive of rules (a release of SigmaHQ, a folder), or YAML files." multiple clearable w={360} maw="100%" placeholder="Choose files" accept=".zip,.yml,.yaml" leftSection={<IconFileZip size={16} />}
            value={files} onChange={choose} error={refusal ?? unread}
          />
          <TextInput
            label="Name of the pack" description={named && names.includes(named) ? "There is a pack of this name: it is replaced." : "Later versions are imported under the same name."} w={280} maxLength={64} value={name}
            onChange={(e) => {
              setName(e.currentTarget.value);
              look.reset();
              install.reset();
            }}
            error={faultOf(look.error, "name") ?? faultOf(install.error, "name")}
          />
        </Group>
        <div>
          <Text size="sm" fw={500}>Enable by themselves</Text>
          <Text size="xs" c="dimmed" mb={6}>Rules for which all of this holds: {policyWords(policy)}. It can be changed later.</Text>
          <PolicyFields policy={policy} onChange={(p) => { setPolicy(p); look.reset(); install.reset(); }} />
        </div>
        <Group gap="xs">
          <Button variant={look.data ? "default" : "filled"} disabled={files.length === 0 || refusal !== undefined || named === ""} loading={look.isPending} onClick={() => void check()}>Check</Button>
          {look.data && !install.data && upload && (
            <Button loading={install.isPending} onClick={() => install.mutate({ upload, name: named, policy, dryRun: false })}>Install {look.data.pack}</Button>
          )}
          {install.data && <Button component={Link} variant="light" to={`/rules?${new URLSearchParams({ pack: install.data.pack })}`}>Show its rules</Button>}
        </Group>
        {[look.error, install.error].map((e) => e && !faultOf(e, "name") && <Alert key={e.message} color="red" title="This pack is not taken">{e.message}</Alert>)}
        {report && <Report report={report} />}
      </Stack>
    </section>
  );
}
