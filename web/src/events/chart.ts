// The parts of the chart library that the page uses.
import { BarChart } from "echarts/charts";
import { BrushComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

register([BarChart, BrushComponent, GridComponent, TooltipComponent, CanvasRenderer]);

export { init };
