// Package holdfast calls Holdfast's services: it submits and watches runs, reads their verdicts, and asks models that an
// encoder serves.
//
// Calls are sent again by what the schema says of each (idempotency_level), wait for a lost connection, end with their
// context, and fail with an *Error that has the service's details. docs/clients.md is the manual.
//
// The folder wire is generated from the schema by scripts/generate-clients.mjs.
package holdfast
