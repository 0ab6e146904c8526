// Ends with 0 if the services of this container serve. Their metrics port is 9090, as the chart and compose.yaml set it.
const { status } = await fetch('http://127.0.0.1:9090/livez');
process.exitCode = status === 200 ? 0 : 1;
