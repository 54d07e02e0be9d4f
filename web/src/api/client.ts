// Calls of the API. Types come from its OpenAPI description (npm run api).
import createClient from "openapi-fetch";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";
import { actor, sessionWanted } from "./session";

type Schemas = components["schemas"];
export type Event = Schemas["Event"];
export type StoredEvent = Schemas["StoredEvent"];
export type Histogram = Schemas["Histogram"];
export type TopValues = Schemas["TopValues"];
export type Field = Schemas["Field"];
export type Intake = Schemas["Intake"];
export type IntakeSettings = Schemas["IntakeSettings"];
export type NewIntake = Schemas["NewIntake"];
export type TestStep = Schemas["TestStep"];
export type TestEnd = Schemas["TestEnd"];
export type BrokenFormat = Schemas["BrokenFormat"];
export type Format = Schemas["Format"];
export type FormatDocument = Schemas["Document"];
export type FormatTable = Schemas["TableDocument"];
export type IntakeTest = Schemas["IntakeTest"];
export type IntakePush = Schemas["IntakePush"];
export type PushRefusals = Schemas["PushRefusals"];
export type SetupValue = Schemas["SetupValue"];
export type AzureGuide = Schemas["AzureGuide"];
export type AzureTable = Schemas["AzureTable"];
export type CapacityPlan = Schemas["CapacityPlan"];
export type DeploymentLanguage = Schemas["Deployment"]["language"];
export type DeploymentOptions = Schemas["DeploymentOptions"];
export type GuideStep = Schemas["GuideStep"];
export type PlanOrder = Schemas["AzurePlanInputBody"];
export type UnfitValues = Schemas["UnfitValues"];
export type DriftFinding = Schemas["DriftFinding"];
export type DriftReport = Schemas["DriftReport"];
export type Partition = Schemas["Partition"];
export type Incident = Schemas["Incident"];
export type LedgerReport = Schemas["LedgerReport"];
export type ClockPercentiles = Schemas["ClockPercentiles"];
export type QuarantineItem = Schemas["QuarantineItem"];
export type LakeStats = Schemas["LakeStats"];
export type Licensed = Schemas["Licensed"];
export type RetentionSetting = Schemas["RetentionSetting"];
export type RetentionPreview = Schemas["RetentionPreview"];
export type DoctorReport = Schemas["Report"];
export type DoctorFinding = Schemas["Finding"];
export type SessionState = Schemas["SessionState"];
export type Identity = Schemas["Identity"];
export type SignInAnswer = Schemas["SignInAnswer"];
export type Account = Schemas["Account"];
export type Session = Schemas["Session"];
export type User = Schemas["User"];
export type APIKey = Schemas["APIKey"];
export type AuditEntry = Schemas["Entry"];
export type Alert = Schemas["Alert"];
export type AlertDetail = Schemas["AlertDetail"];
export type AlertShare = Schemas["AlertShare"];
export type AlertEdit = Schemas["AlertEdit"];
export type AlertEvent = Schemas["AlertEvent"];
export type AlertEntity = Schemas["AlertEntity"];
export type AlertStatistics = Schemas["AlertStatistics"];
export type Asset = Schemas["Asset"];
export type AssetImportance = Schemas["AssetImportance"];
export type Delivery = Schemas["Delivery"];
export type EntityGraph = Schemas["EntityGraph"];
export type GraphNode = Schemas["GraphNode"];
export type NotificationTarget = Schemas["NotificationTarget"];
export type ProcessTree = Schemas["ProcessTree"];
export type TargetSettings = Schemas["TargetSettings"];
export type Rule = Schemas["Rule"];
export type RuleDetail = Schemas["RuleDetail"];
export type FacetOption = Schemas["FacetOption"];
export type SavedQuery = Schemas["SavedQuery"];
export type HuntPast = Schemas["HuntPast"];
export type Export = Schemas["Export"];
export type ExportOrder = Schemas["Order"];
export type FieldOrigin = Schemas["FieldOrigin"];
export type TreeProcess = Schemas["TreeProcess"];
export type AttackCoverage = Schemas["AttackCoverage"];
export type TechniqueCoverage = Schemas["TechniqueCoverage"];
export type RuleEdit = Schemas["RuleEdit"];
export type RuleHour = Schemas["RuleHour"];
export type RuleProblem = Schemas["RuleProblem"];
export type RuleField = Schemas["RuleField"];
export type KnownLogsource = Schemas["KnownLogsource"];
export type CheckedRule = Schemas["CheckedRule"];
export type CheckedException = Schemas["CheckedException"];
export type NewException = Schemas["NewException"];
export type ExceptionPreview = Schemas["ExceptionPreview"];
export type Verdict = Schemas["Verdict"];
export type RuleExplanation = Schemas["RuleExplanation"];
export type InstallReport = Schemas["InstallReport"];
export type Pack = Schemas["Pack"];
export type PackPolicy = Schemas["PackPolicy"];
export type Job = Schemas["Job"];
export type Work = Schemas["Work"];
export type JobNoise = Schemas["JobNoise"];
export type JobMatch = Schemas["Match"];
export type JobDifference = Schemas["Difference"];

export const api = createClient<paths>({ fetch: (request) => fetch(request) });

api.use({
  onRequest({ request }) {
    const name = actor();
    if (name) request.headers.set("X-Penstock-Actor", name);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401 && !new URL(response.url).pathname.startsWith("/api/v1/session")) sessionWanted();
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** answer gives the body of a successful call and throws a Problem for any other. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}
