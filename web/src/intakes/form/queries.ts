import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { Intake } from "../../api/client";
import { settingsOf } from "./draft";
import type { Draft } from "./draft";

interface Saving {
  of: Intake | undefined;
  draft: Draft;
}

/** useSaving makes an intake, or changes one. */
export function useSaving() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ of, draft }: Saving) =>
      of
        ? answer(api.PATCH("/api/v1/intakes/{name}", { params: { path: { name: of.name } }, body: settingsOf(draft) }))
        : answer(api.POST("/api/v1/intakes", { body: { name: draft.name.trim(), format: draft.format, source: draft.source, ...settingsOf(draft) } })),
    onSuccess: async (made) => {
      client.setQueryData(["intakes", made.name], { ...made, intakeKey: undefined });
      await client.invalidateQueries({ queryKey: ["intakes"], exact: true });
    },
  });
}
