// Command penstock is a self-hosted intake for Microsoft Defender XDR.
package main

func main() {}
