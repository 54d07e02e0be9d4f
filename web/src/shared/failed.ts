import { notifications } from "@mantine/notifications";
import { Problem } from "../api/problem";

/** failed tells that something that the user wanted was not done, in the server's words. */
export function failed(e: Error): void {
  const hint = e instanceof Problem && e.hint ? ` ${e.hint}` : "";
  notifications.show({ color: "red", title: "This did not work", message: e.message + hint });
}
