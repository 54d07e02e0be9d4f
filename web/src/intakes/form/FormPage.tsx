import { Anchor, Breadcrumbs, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useMay } from "../../access/session";
import type { Intake } from "../../api/client";
import { visible } from "../../events/document";
import { Empty, Failure, Loading } from "../../shared/states";
import { useFormats, useIntake } from "../queries";
import { intakePath } from "../words";
import { Form } from "./Form";

/** FormPage makes an intake, or changes one. */
export function FormPage() {
  const { name } = useParams();
  if (!useMay("intakes.write")) return <Empty title="Intakes are made and changed by administrators">Ask one of them. <To name={name} /></Empty>;
  return name === undefined ? <Framed /> : <Loaded key={name} name={name} />;
}

function Loaded({ name }: { name: string }) {
  const intake = useIntake(name);
  const [first, setFirst] = useState<Intake>();
  // What is edited are the settings as they were when the page opened.
  if (intake.data && !first) setFirst(intake.data);
  if (!first) return intake.isPending ? <Loading what="intake" /> : <Failure error={intake.error ?? new Error("The intake is gone.")} retry={() => void intake.refetch()} />;
  if (first.locked !== undefined) return <Empty title="This intake cannot be changed here">{visible(first.locked)} <To name={name} /></Empty>;
  return <Framed of={first} />;
}

function Framed({ of }: { of?: Intake }) {
  const formats = useFormats();
  useDocumentTitle(`${of ? `Edit ${of.name}` : "New intake"} · Penstock`);
  if (!formats.data) return formats.isPending ? <Loading what="formats" /> : <Failure error={formats.error} retry={() => void formats.refetch()} />;
  return (
    <Stack gap="md" maw={1120}>
      <div>
        <Breadcrumbs mb={4}>
          <Anchor component={Link} to="/intakes" size="sm">Intakes</Anchor>
          {of && <Anchor component={Link} to={intakePath(of.name)} size="sm">{visible(of.name)}</Anchor>}
          <Text size="sm" c="dimmed">{of ? "Edit" : "New"}</Text>
        </Breadcrumbs>
        <Title order={1}>{of ? `Edit ${visible(of.name)}` : "New intake"}</Title>
        <Text c="dimmed" size="sm">{of ? "It alone is started anew when what it reads, or how, is another." : <>Say what arrives and from where, test the connection, and start it. Nothing in Azure yet? <Anchor component={Link} to="/intakes/new/azure" size="sm" underline="always">Set it up</Anchor>.</>}</Text>
      </div>
      <Form formats={formats.data.formats} {...(of ? { of } : {})} />
    </Stack>
  );
}

function To({ name }: { name: string | undefined }) {
  return <Anchor component={Link} underline="always" to={name === undefined ? "/intakes" : intakePath(name)}>Back</Anchor>;
}
