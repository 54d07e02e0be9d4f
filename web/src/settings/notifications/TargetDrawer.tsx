import { Alert, Button, Checkbox, Drawer, Group, NumberInput, PasswordInput, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import type { NotificationTarget } from "../../api/client";
import { Problem } from "../../api/problem";
import { useSaveTarget } from "./queries";
import { changeName, changes, encryptions, faultAt, formOf, kindName, kinds, settingsOf } from "./target";
import type { TargetForm } from "./target";

interface Props {
  /** Undefined: a new one. */
  target: NotificationTarget | undefined;
  onClose: () => void;
  /** The answer has the key of a webhook when it was made just now. */
  onSaved: (target: NotificationTarget) => void;
}

const fields = ["name", "url", "secret", "smtp", "encryption", "username", "from", "to", "changes", "minUrgency", "perMinute", "subject", "body"];

/** TargetDrawer makes a target, or changes one. */
export function TargetDrawer({ target, onClose, onSaved }: Props) {
  const save = useSaveTarget();
  const [form, setForm] = useState(() => formOf(target));
  const set = (part: Partial<TargetForm>) => setForm((f) => ({ ...f, ...part }));
  const fault = (name: string) => faultAt(save.error, name);
  const elsewhere = save.error && !fields.some((f) => fault(f)) ? save.error : undefined;
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    save.mutate({ id: target?.id ?? 0, settings: settingsOf(form) }, { onSuccess: onSaved });
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="min(560px, 100vw)" title={<Text fw={620}>{target ? `Change ${target.name}` : "New target"}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Group grow align="flex-start">
            <TextInput label="Name" placeholder="On call" data-autofocus maxLength={100} value={form.name} error={fault("name")} onChange={(e) => set({ name: e.currentTarget.value })} />
            <Select label="Kind" allowDeselect={false} data={kinds.map((k) => ({ value: k, label: kindName[k] }))} value={form.kind} onChange={(v) => set({ kind: kinds.find((k) => k === v) ?? "webhook" })} />
          </Group>
          {form.kind === "email" ? <MailFields form={form} set={set} fault={fault} known={target?.secretSet ?? false} /> : <HookFields form={form} set={set} fault={fault} target={target} />}
          <Checkbox.Group label="Tell of" value={form.changes} error={fault("changes")} onChange={(v) => set({ changes: changes.filter((c) => v.includes(c)) })}>
            <Stack gap={8} mt={6}>{changes.map((c) => <Checkbox key={c} size="sm" value={c} label={changeName[c]} />)}</Stack>
          </Checkbox.Group>
          <Group grow align="flex-start">
            <NumberInput label="From urgency" description="0: all alerts; 60: high and critical" min={0} max={100} allowDecimal={false} value={form.minUrgency} error={fault("minUrgency")} onChange={(v) => set({ minUrgency: Number(v) })} />
            <NumberInput label="Messages a minute" description="Beyond, alerts come together" min={1} max={600} allowDecimal={false} value={form.perMinute} error={fault("perMinute")} onChange={(v) => set({ perMinute: Number(v) })} />
          </Group>
          {form.kind === "email" && <TextInput label="Subject" description="A template; empty: the default" value={form.subject} error={fault("subject")} onChange={(e) => set({ subject: e.currentTarget.value })} />}
          <Textarea label="Message" description="A template; empty: the default" autosize minRows={2} maxRows={14} classNames={{ input: "mono" }} value={form.body} error={fault("body")} onChange={(e) => set({ body: e.currentTarget.value })} />
          <Switch label="Enabled" checked={form.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
          {elsewhere && <Alert color="red" role="alert">{elsewhere.message} {elsewhere instanceof Problem ? elsewhere.hint : ""}</Alert>}
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={save.isPending} disabled={form.changes.length === 0}>Save</Button></Group>
        </Stack>
      </form>
    </Drawer>
  );
}

interface FieldsProps {
  form: TargetForm;
  set: (part: Partial<TargetForm>) => void;
  fault: (name: string) => string | undefined;
}

function HookFields({ form, set, fault, target }: FieldsProps & { target: NotificationTarget | undefined }) {
  const kept = target?.urlSet && form.kind === target.kind;
  return (
    <>
      <TextInput
        label="Address" placeholder="https://hooks.example.com/alerts" description={kept ? "Only its beginning is shown; left so, it stays as it is" : "Whoever knows it may be able to post there, so it is kept encrypted"} maxLength={2048} autoComplete="off"
        value={form.url} error={fault("url")} onChange={(e) => set({ url: e.currentTarget.value })}
      />
      {form.kind === "webhook" && (
        <PasswordInput
          label="Signing key" description={target?.secretSet ? "Empty: as it was" : "Empty: one is made, and shown once"} placeholder="whsec_…" autoComplete="off"
          value={form.secret} error={fault("secret")} onChange={(e) => set({ secret: e.currentTarget.value })}
        />
      )}
    </>
  );
}

function MailFields({ form, set, fault, known }: FieldsProps & { known: boolean }) {
  return (
    <>
      <Group grow align="flex-start">
        <TextInput label="Server" placeholder="mail.example.com:587" value={form.smtp} error={fault("smtp")} onChange={(e) => set({ smtp: e.currentTarget.value })} />
        <Select label="Encryption" allowDeselect={false} data={encryptions} value={form.encryption} error={fault("encryption")} onChange={(v) => set({ encryption: encryptions.find((x) => x === v) ?? "starttls" })} />
      </Group>
      <Group grow align="flex-start">
        <TextInput label="User" autoComplete="off" value={form.username} error={fault("username")} onChange={(e) => set({ username: e.currentTarget.value })} />
        <PasswordInput label="Password" placeholder={known ? "As it was" : ""} autoComplete="new-password" value={form.secret} error={fault("secret")} onChange={(e) => set({ secret: e.currentTarget.value })} />
      </Group>
      <TextInput label="From" placeholder="penstock@example.com" value={form.from} error={fault("from")} onChange={(e) => set({ from: e.currentTarget.value })} />
      <Textarea label="To" description="One address a line" autosize minRows={2} maxRows={8} value={form.to} error={fault("to")} onChange={(e) => set({ to: e.currentTarget.value })} />
    </>
  );
}
