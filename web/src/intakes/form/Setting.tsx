// The fields of the form, each with where its value is found and what is wrong with it.
import { FileInput, PasswordInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { visible } from "../../events/document";
import type { Draft, Faults, SecretField, TextField } from "./draft";

/** Editing is a draft with what is wrong with it, and how to change it. */
export interface Editing {
  draft: Draft;
  faults: Faults;
  change: (c: Partial<Draft>) => void;
  /** Secrets that are kept already. */
  kept: readonly string[];
  /** Whether the intake is new. */
  fresh: boolean;
}

interface Props {
  of: Editing;
  label: string;
  about?: string | undefined;
  where?: string | undefined;
  example?: string | undefined;
  required?: boolean;
}

function About({ about, where }: Pick<Props, "about" | "where">): ReactNode {
  return <>{about}{where && <Text span inherit display="block" mt={2}>Where: {where}</Text>}</>;
}

export function TextSetting({ of, field, label, about, where, example, required = false }: Props & { field: TextField | "name" }) {
  return (
    <TextInput
      label={label} description={<About about={about} where={where} />} descriptionProps={{ fz: "xs" }} placeholder={example} withAsterisk={required} spellCheck={false} autoComplete="off" maxLength={1024} name={field}
      value={of.draft[field]} onChange={(e) => of.change({ [field]: e.currentTarget.value })} error={said(of, field)}
    />
  );
}

/** SecretSetting takes a secret; one that is kept already is never shown, and stays where nothing is written. */
export function SecretSetting({ of, field, label, about, where, example, required = false }: Props & { field: SecretField }) {
  const kept = of.kept.includes(field);
  return (
    <PasswordInput
      label={label} description={<About about={about} where={where} />} descriptionProps={{ fz: "xs" }} placeholder={kept ? "unchanged: write here to replace it" : example} withAsterisk={required && !kept} autoComplete="new-password"
      maxLength={16_384} name={field} visibilityToggleButtonProps={{ "aria-label": `Show what is written in ${label}`, tabIndex: 0 }}
      value={of.draft[field]} onChange={(e) => of.change({ [field]: e.currentTarget.value })} error={said(of, field)} aria-invalid={said(of, field) !== undefined}
    />
  );
}

/** No certificate with its key is larger than so many bytes. */
const largest = 64 * 1024;

/** CertificateSetting takes the certificate from a file, so that it is never on the screen. */
export function CertificateSetting({ of }: { of: Editing }) {
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState<string>();
  const take = (f: File | null) => {
    setFile(f);
    setWrong(f && f.size > largest ? "This file is too large for a certificate with its key." : undefined);
    if (!f || f.size > largest) of.change({ certificate: "" });
    else void f.text().then((certificate) => of.change({ certificate }), () => setWrong("This file cannot be read."));
  };
  return (
    <FileInput
      label="Certificate" description="With its private key, in PEM, the key not encrypted. It is kept encrypted and never shown again." accept=".pem,.crt,.key,.cer,.txt" clearable
      clearButtonProps={{ "aria-label": "Take another file" }} placeholder={of.kept.includes("certificate") ? "unchanged: choose a file to replace it" : "Choose a file"} withAsterisk={!of.kept.includes("certificate")}
      value={file} onChange={take} error={wrong ?? said(of, "certificate")}
    />
  );
}

/** said is what is wrong with a field. */
export function said(of: Editing, field: string): string | undefined {
  const text = of.faults[field];
  return text === undefined ? undefined : visible(text);
}
