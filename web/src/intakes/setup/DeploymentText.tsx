import { Button, Checkbox, Code, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { DeploymentLanguage, DeploymentOptions } from "../../api/client";
import { Copy } from "../../shared/Copy";
import { save } from "../../shared/save";
import { Loading } from "../../shared/states";
import { useDeployment } from "./queries";

const languages: readonly { value: DeploymentLanguage; label: string }[] = [{ value: "az", label: "Azure CLI" }, { value: "bicep", label: "Bicep" }, { value: "arm", label: "ARM" }, { value: "terraform", label: "Terraform" }];

/** DeploymentText is the deployment that makes what the guide speaks of, in the language of one's choice, with the commands that run it. */
export function DeploymentText({ options }: { options: DeploymentOptions }) {
  const [language, setLanguage] = useState<DeploymentLanguage>("az");
  const [entra, setEntra] = useState(false);
  const deployment = useDeployment(language, { ...options, entra });
  const d = deployment.data;
  return (
    <Stack gap="sm">
      <Group>
        <SegmentedControl aria-label="Language of the deployment" size="xs" data={[...languages]} value={language} onChange={(v) => setLanguage(languages.find((l) => l.value === v)?.value ?? "az")} />
        <Checkbox label="Sign in with Entra ID: no keys at all" checked={entra} onChange={(e) => setEntra(e.currentTarget.checked)} />
      </Group>
      {deployment.isError && <Text size="sm" role="alert" c="var(--ps-bad)">{deployment.error.message}</Text>}
      {deployment.isPending && <Loading what="the deployment" />}
      {d && (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">Needed: {d.needs.join(", ")}</Text>
            <Group gap="xs">
              <Copy text={d.text} what={d.file} />
              <Button size="compact-xs" variant="light" leftSection={<IconDownload size={13} />} onClick={() => save(new Blob([d.text], { type: "text/plain" }), d.file)}>{d.file}</Button>
            </Group>
          </Group>
          <Code block tabIndex={0} aria-label={d.file} style={{ overflow: "auto", maxHeight: 280 }}>{d.text}</Code>
          <Group justify="space-between"><Text size="sm">Run it</Text><Copy text={d.commands.join("\n")} what="the commands" /></Group>
          <Code block tabIndex={0} style={{ overflowX: "auto" }}>{d.commands.join("\n")}</Code>
          {d.notes.map((n) => <Text key={n} size="sm" c="dimmed">{n}</Text>)}
        </>
      )}
    </Stack>
  );
}
