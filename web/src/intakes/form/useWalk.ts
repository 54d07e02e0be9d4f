import { useCallback, useEffect, useRef, useState } from "react";
import type { IntakeTest, TestEnd, TestStep } from "../../api/client";
import { Problem } from "../../api/problem";
import { walk, withStep } from "./walk";

export interface Walk {
  running: boolean;
  steps: TestStep[];
  end: TestEnd | undefined;
  error: Error | undefined;
}

const none: Walk = { running: false, steps: [], end: undefined, error: undefined };

interface Walking {
  walk: Walk;
  test: (settings: IntakeTest) => void;
  stop: () => void;
  /** Takes away what a test has said, of settings that are others by now. */
  forget: () => void;
}

/** useWalk tests a connection; leaving the page ends it. */
export function useWalk(refused: (p: Problem) => void): Walking {
  const [state, setState] = useState(none);
  const current = useRef<AbortController>(null);
  useEffect(() => () => current.current?.abort(), []);
  const stop = useCallback(() => {
    current.current?.abort();
    setState((s) => ({ ...s, running: false, steps: s.steps.filter((step) => step.state !== "running") }));
  }, []);
  const forget = useCallback(() => {
    current.current?.abort();
    setState(none);
  }, []);
  const test = useCallback((settings: IntakeTest) => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    // What an older test still tells is no longer of interest.
    const set = (change: (s: Walk) => Walk) => {
      if (!mine.signal.aborted) setState(change);
    };
    setState({ ...none, running: true });
    walk(settings, (step) => set((s) => ({ ...s, steps: withStep(s.steps, step) })), mine.signal).then(
      (end) => set((s) => ({ ...s, running: false, end })),
      (error: unknown) => {
        set((s) => ({ ...s, running: false, error: error instanceof Error ? error : new Error(String(error)) }));
        if (error instanceof Problem && !mine.signal.aborted) refused(error);
      },
    );
  }, [refused]);
  return { walk: state, test, stop, forget };
}
