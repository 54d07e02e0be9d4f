// Addresses of what several pages lead to.

/** rulePath is the address of a rule. */
export const rulePath = (id: string) => `/rules/${encodeURIComponent(id)}`;

/** schedulePath is the address of the scheduled hunt that alerts know as a rule; undefined for rules proper. */
export const schedulePath = (rule: string) => (/^hunt:\d+$/.test(rule) ? `/hunting/schedules/${rule.slice(5)}` : undefined);

/** explainPath is the address of why a rule matches an event. */
export const explainPath = (rule: string, event: string) => `${rulePath(rule)}/explain?${new URLSearchParams({ event })}`;

/** matrixPath is the address of a technique in the matrix of ATT&CK. */
export const matrixPath = (technique: string) => `/rules/attack?${new URLSearchParams({ technique })}`;
