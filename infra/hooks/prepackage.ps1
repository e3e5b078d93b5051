# The package carries DuckDB's native library for the platform that it is built on. Azure runs Linux on x64.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture
if (-not $IsLinux -or $architecture -ne 'X64') {
    [Console]::Error.WriteLine('The app runs on Linux x64 in Azure and carries a native library for the platform that it is built on.')
    [Console]::Error.WriteLine('Run azd in the dev container (.devcontainer), in WSL, or in another Linux x64.')
    exit 1
}
