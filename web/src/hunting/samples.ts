// Hunts to begin with: each shows something of the language on tables that nearly every tenant has.

export interface Sample {
  name: string;
  about: string;
  query: string;
}

export const samples: readonly Sample[] = [
  {
    name: "What arrives, table by table", about: "How many events each table had, and when the last one came.",
    query: `union withsource = SourceTable Device*, Email*, Identity*Events, CloudAppEvents
| summarize Events = count(), Last = max(Timestamp) by SourceTable
| sort by Events desc`,
  },
  {
    name: "Programs started by Office", about: "Office seldom needs a shell; what it started, and how often.",
    query: `DeviceProcessEvents
| where InitiatingProcessFileName in~ ("winword.exe", "excel.exe", "powerpnt.exe", "outlook.exe", "onenote.exe")
| where FileName in~ ("cmd.exe", "powershell.exe", "pwsh.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "regsvr32.exe")
| project Timestamp, DeviceName, AccountName, InitiatingProcessFileName, FileName, ProcessCommandLine, DeviceId, ReportId
| sort by Timestamp desc`,
  },
  {
    name: "Encoded PowerShell, decoded", about: "What -EncodedCommand hid, as text.",
    query: `DeviceProcessEvents
| where FileName in~ ("powershell.exe", "pwsh.exe")
| extend Encoded = extract(@"(?i)\\s-e(?:nc|ncodedcommand)?\\s+([A-Za-z0-9+/=]{16,})", 1, ProcessCommandLine)
| where isnotempty(Encoded)
| extend Decoded = replace_string(base64_decode_tostring(Encoded), "\\0", "")
| project Timestamp, DeviceName, AccountName, Decoded, ProcessCommandLine, DeviceId, ReportId
| take 200`,
  },
  {
    name: "Sign-ins that failed, over time", about: "A rise may be somebody who guesses passwords: on one device, or on many.",
    query: `DeviceLogonEvents
| where ActionType == "LogonFailed"
| summarize Failures = count(), Devices = dcount(DeviceId) by bin(Timestamp, 10m)
| render timechart with (title = "Failed sign-ins in ten minutes")`,
  },
  {
    name: "Rarely seen outside addresses", about: "Public addresses that one device alone talked to.",
    query: `DeviceNetworkEvents
| where ActionType == "ConnectionSuccess" and not(ipv4_is_private(RemoteIP))
| summarize Devices = dcount(DeviceId), Connections = count(), Programs = make_set(InitiatingProcessFileName, 5), First = min(Timestamp), Last = max(Timestamp) by RemoteIP
| where Devices == 1
| top 100 by Connections`,
  },
  {
    name: "From a mail to the program that opened it", about: "Files that came by mail and were then written to a device.",
    query: `let Attachments = EmailAttachmentInfo
| where isnotempty(SHA256)
| project Received = Timestamp, SenderFromAddress, RecipientEmailAddress, FileName, SHA256;
Attachments
| join kind=inner (DeviceFileEvents | where isnotempty(SHA256) | project Written = Timestamp, DeviceName, FolderPath, SHA256) on SHA256
| where Written between (Received .. (Received + 7d))
| project-away SHA2561
| sort by Written desc`,
  },
  {
    name: "Actions by their share", about: "What the cloud apps of the tenant are used for.",
    query: `CloudAppEvents
| summarize Events = count() by ActionType
| top 12 by Events
| render piechart with (title = "Actions in cloud apps")`,
  },
];
