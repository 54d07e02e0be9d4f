import { Select } from "@mantine/core";
import type { Credential } from "./draft";
import { CertificateSetting, said, SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

const credentials: readonly { value: Credential; label: string }[] = [
  { value: "default", label: "What this machine has: environment, workload or managed identity, Azure CLI" },
  { value: "client_secret", label: "An application with a secret" },
  { value: "certificate", label: "An application with a certificate" },
  { value: "managed_identity", label: "The managed identity of this machine" },
  { value: "workload_identity", label: "The workload identity of this pod" },
];

/** Identity says what Penstock signs in to Microsoft Entra ID with. */
export function Identity({ of }: { of: Editing }) {
  const kind = of.draft.credential;
  const application = kind === "client_secret" || kind === "certificate";
  return (
    <>
      <Select
        label="Identity" description="What Penstock signs in to Microsoft Entra ID with." descriptionProps={{ fz: "xs" }} data={[...credentials]} allowDeselect={false} value={kind} error={said(of, "credential")}
        onChange={(v) => of.change({ credential: credentials.find((c) => c.value === v)?.value ?? "default" })}
      />
      {application && <TextSetting of={of} field="tenantId" label="Directory (tenant) ID" where="Azure portal, Microsoft Entra ID, App registrations, the application, Overview" example="00000000-0000-0000-0000-000000000000" required />}
      {(application || kind === "managed_identity") && (
        <TextSetting
          of={of} field="clientId" label={application ? "Application (client) ID" : "Client ID"} about={application ? undefined : "Of a user-assigned identity; empty for that of the machine itself."}
          where={application ? "Azure portal, Microsoft Entra ID, App registrations, the application, Overview" : undefined} example="00000000-0000-0000-0000-000000000000" required={application}
        />
      )}
      {kind === "client_secret" && <SecretSetting of={of} field="clientSecret" label="Client secret" about="Its value, not its ID. It is kept encrypted and never shown again." where="App registrations, the application, Certificates & secrets" required />}
      {kind === "certificate" && <CertificateSetting of={of} />}
    </>
  );
}
