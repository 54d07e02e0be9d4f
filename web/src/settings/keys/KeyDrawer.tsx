import { Button, Drawer, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import type { Permission } from "../../access/session";
import { answer, api } from "../../api/client";
import type { Role } from "../users/queries";
import { RightsFields } from "../users/RightsFields";

/** expiry is the moment so many days from now. */
const expiry = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const spans: Record<string, number | undefined> = { "30 days": 30, "90 days": 90, "1 year": 365, Never: undefined };

/** KeyDrawer makes an API key. */
export function KeyDrawer({ onClose, onMade }: { onClose: () => void; onMade: (name: string, token: string) => void }) {
  const client = useQueryClient();
  const roles = useQuery({ queryKey: ["roles"], queryFn: ({ signal }) => answer(api.GET("/api/v1/roles", { signal })), staleTime: Infinity });
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [permissions, setPermissions] = useState<Permission[]>([]);
  const [intakes, setIntakes] = useState<string[]>([]);
  const [span, setSpan] = useState("90 days");
  const rights = roles.data?.roles.find((r) => r.role === role);
  const possible = (intakes.length > 0 ? rights?.restricted : rights?.permissions) ?? [];
  const make = useMutation({
    mutationFn: () => {
      const days = spans[span];
      return answer(api.POST("/api/v1/keys", {
        body: {
          name: name.trim(), role, permissions: permissions.filter((p) => possible.includes(p)), intakes,
          ...(days === undefined ? {} : { expires: expiry(days) }),
        },
      }));
    },
    onSuccess: (made) => {
      onMade(made.name, made.token);
      onClose();
      return client.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    make.mutate();
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title="New API key">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label="Name" description="Of the program that will use it" required data-autofocus maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} error={make.error?.message} />
          <RightsFields role={role} intakes={intakes} onRole={setRole} onIntakes={setIntakes} />
          <MultiSelect
            label="Scope" description="Some of what the role may do; none: all of it" placeholder={permissions.length === 0 ? "All" : ""} clearable searchable data={possible}
            value={permissions.filter((p) => possible.includes(p))} onChange={(v) => setPermissions(possible.filter((p) => v.includes(p)))}
          />
          <Select label="Expires" data={Object.keys(spans)} value={span} allowDeselect={false} onChange={(v) => setSpan(v ?? "90 days")} />
          <Button type="submit" loading={make.isPending} disabled={name.trim() === ""}>Make the key</Button>
        </Stack>
      </form>
    </Drawer>
  );
}
