// The parts of the chart library that the timeline uses.
import { ScatterChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

register([ScatterChart, DataZoomInsideComponent, GridComponent, TooltipComponent, CanvasRenderer]);

export { init };
