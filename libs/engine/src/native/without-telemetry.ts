/**
 * From 1.30 on, onnxruntime's builds for Linux note what they run in a database in the user's cache folder, and send it to their makers,
 * unless this variable says no before the library loads. Nothing that runs here is anybody else's to know.
 *
 * Threads that load the library share the variables of their process (`SHARE_ENV`), so that it is seen in them, too.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
