import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../access/session";
import { answer, api } from "../api/client";
import { Incidents } from "../shared/Incidents";
import { PageHeader } from "../shared/PageHeader";
import { Failure, Loading } from "../shared/states";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { defaultRange, momentsOf } from "../time/range";
import { Drift } from "./Drift";
import { Latency } from "./Latency";
import { Ledger } from "./Ledger";

/** TrustPage answers whether anything was lost, how long events take, and whether what arrives is as it was. */
export function TrustPage() {
  const [range, setRange] = useState(defaultRange);
  const statistics = useMay("statistics.read");
  const ledger = useQuery({
    queryKey: ["ledger", range],
    queryFn: ({ signal }) => {
      const m = momentsOf(range, new Date());
      return answer(api.GET("/api/v1/ledger", { params: { query: m ? { from: m.from.toISOString(), to: m.to.toISOString() } : {} }, signal }));
    },
    refetchInterval: 30_000,
  });
  return (
    <>
      <PageHeader title="Trust" about="Was anything lost, how long do events take, and is what arrives as it was?"><TimeRangePicker range={range} onChange={setRange} /></PageHeader>
      <Stack gap="lg">
        {ledger.isPending && <Loading what="ledger" />}
        {ledger.isError && !ledger.data && <Failure error={ledger.error} retry={() => void ledger.refetch()} />}
        {ledger.data && <Ledger report={ledger.data} />}
        <Incidents />
        {statistics && <Latency />}
        {statistics && <Drift />}
      </Stack>
    </>
  );
}
