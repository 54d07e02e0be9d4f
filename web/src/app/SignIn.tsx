import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { setToken, token } from "../api/session";

/** SignIn asks for the token of the server. The view behind it stays where it is. */
export function SignIn() {
  const client = useQueryClient();
  const [value, setValue] = useState("");
  const refused = token() !== null;
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    setToken(value.trim());
    void client.resetQueries();
  };
  return (
    <Center mih="80vh">
      <Paper withBorder p="xl" w={380} component="form" onSubmit={submit}>
        <Stack>
          <Title order={1}>Sign in</Title>
          <Text c="dimmed" size="sm">This Penstock asks for its token: the value of <code>token</code> under <code>server</code> in its configuration.</Text>
          <PasswordInput
            label="Token" required autoComplete="current-password" value={value} onChange={(e) => setValue(e.currentTarget.value)}
            error={refused ? "The server does not take this token." : undefined} data-autofocus
          />
          <Button type="submit" disabled={value.trim() === ""}>Sign in</Button>
          <Text c="dimmed" size="xs">It is kept until this tab is closed.</Text>
        </Stack>
      </Paper>
    </Center>
  );
}
