import type { ReactNode } from "react";

/** Panel is a part of the page with its heading, and what can be done with it beside that. */
export function Panel({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <h2 style={{ display: "flex", justifyContent: "space-between", alignItems: "center", gap: 8, minHeight: 24 }}>{title}{actions}</h2>
      <div style={{ padding: "12px 14px" }}>{children}</div>
    </section>
  );
}
