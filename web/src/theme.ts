// The one place where colours, type and spacing of the page are set.
import { createTheme, Notification } from "@mantine/core";
import type { CSSVariablesResolver, MantineColorsTuple } from "@mantine/core";

// Deep water: the brand, actions and the first series of charts.
const petrol: MantineColorsTuple = [
  "#eaf6f7", "#d3e9eb", "#a5d3d8", "#73bcc4", "#4ca8b2", "#2f9aa6", "#14808d", "#0b6975", "#0b5c66", "#06444c",
];
const stone: MantineColorsTuple = [
  "#f6f7f6", "#eceeed", "#dde0df", "#c4c9c8", "#a3aaa9", "#7f8887", "#626b6b", "#4a5252", "#343a3b", "#1f2425",
];
const dark: MantineColorsTuple = [
  "#d3dadb", "#b3bcbe", "#8f9a9d", "#6a7679", "#465154", "#333d40", "#252d30", "#1a2022", "#13181a", "#0d1112",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  colors: { petrol, stone, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, monospace",
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1rem" }, h3: { fontSize: "0.875rem" } } },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  defaultRadius: 6,
  cursorType: "pointer",
  focusRing: "auto",
  // Screen readers name the button that closes a message.
  components: { Notification: Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close the message" } } }) },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff", "--ps-canvas": "#f6f7f6", "--ps-line": "#e2e5e4", "--ps-muted": "#566060", "--ps-rail": "#0b3b42",
    "--ps-rail-text": "#c6dfe2", "--ps-hover": "#eef4f4", "--ps-selected": "#dceff1", "--mantine-color-dimmed": "#566060",
    "--ps-token-field": "#0b5c66", "--ps-token-keyword": "#9a4d00", "--ps-token-string": "#2c6e2f", "--ps-token-number": "#7a3a99", "--ps-good": "#216e2a", "--ps-bad": "#b42318",
    // The library's own are too pale to be read on their tints.
    "--mantine-color-green-light-color": "#1b5e26", "--mantine-color-yellow-light-color": "#7a4100", "--mantine-color-red-light-color": "#9c1c13",
    "--mantine-color-blue-light-color": "#0b4a86", "--mantine-color-gray-light-color": "#3d4750", "--mantine-color-red-text": "#b42318",
    "--mantine-color-error": "#b42318", "--mantine-color-placeholder": "#66706f",
  },
  dark: {
    "--mantine-color-body": "#13181a", "--ps-canvas": "#0d1112", "--ps-line": "#273033", "--ps-muted": "#9aa6a9", "--ps-rail": "#0a1a1d",
    "--ps-rail-text": "#a7bfc3", "--ps-hover": "#1a2325", "--ps-selected": "#17343a", "--mantine-color-dimmed": "#9aa6a9",
    "--ps-token-field": "#73bcc4", "--ps-token-keyword": "#f2b84b", "--ps-token-string": "#9ccf9f", "--ps-token-number": "#cfa9e8", "--ps-good": "#7bc98a", "--ps-bad": "#ff8d84",
    "--mantine-color-red-text": "#ff8d84", "--mantine-color-error": "#ff8d84", "--mantine-color-placeholder": "#8f9a9d",
  },
});

/** Series of charts, told apart also by people who see few colours (after Okabe and Ito). */
export const series = ["#14808d", "#e69f00", "#7a5ba8", "#56b4e9", "#c2532d", "#5b8c3e", "#cc79a7", "#8a9a9d"];
/** The bar of everything that has no series of its own. */
export const seriesOther = "#a9b3b4";
