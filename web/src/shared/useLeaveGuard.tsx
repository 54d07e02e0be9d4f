import { Button, Group, Modal, Text } from "@mantine/core";
import { useCallback, useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { useBlocker } from "react-router";

interface LeaveGuard {
  /** release lets whoever has saved go on unasked. */
  release: () => void;
  /** The question, to be drawn somewhere. */
  dialogue: ReactNode;
}

/** useLeaveGuard asks whoever leaves a form with changes that are not saved; the browser asks whoever leaves the page. */
export function useLeaveGuard(dirty: boolean, what: string): LeaveGuard {
  const saved = useRef(false);
  const blocker = useBlocker(useCallback(() => dirty && !saved.current, [dirty]));
  useEffect(() => {
    const warn = (e: BeforeUnloadEvent) => {
      if (dirty && !saved.current) e.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
  return {
    release: useCallback(() => {
      saved.current = true;
    }, []),
    dialogue: (
      <Modal opened={blocker.state === "blocked"} onClose={() => blocker.reset?.()} centered title="Leave what you wrote?" closeButtonProps={{ "aria-label": "Close" }}>
        <Text size="sm">{what} has changes that are not saved.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => blocker.reset?.()}>Stay here</Button>
          <Button color="red" onClick={() => blocker.proceed?.()}>Leave it</Button>
        </Group>
      </Modal>
    ),
  };
}
