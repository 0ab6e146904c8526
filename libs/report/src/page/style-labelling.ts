/** The labelling page: the image and its classes in view, all images below. */
export const labellingStyle = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1, p, ul, ol, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
:focus-visible { outline: 2px solid var(--candidate); outline-offset: 2px; border-radius: 3px; }
.quiet, small { color: var(--quiet); font-weight: 400; }
button, .button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 5px 10px; cursor: pointer; }
button:hover, .button:hover { border-color: var(--axis); }
.button input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.button:focus-within { outline: 2px solid var(--candidate); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: 6px 24px; align-items: center; padding: 12px 24px; background: var(--surface); border-bottom: 1px solid var(--line); }
h1 { font-size: 20px; line-height: 1.3; flex: 1 1 280px; }
h1 small { font-size: 14px; }
progress { width: 140px; vertical-align: middle; accent-color: var(--candidate); }
main { max-width: 1280px; margin: 0 auto; padding: 16px 24px 48px; }
.note { padding: 16px 24px; }
.bench { display: grid; grid-template-columns: minmax(240px, 400px) minmax(0, 1fr); gap: 24px; padding: 20px; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
.bench[hidden] { display: none; }
.bench img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--raised); border-radius: 6px; }
figcaption { margin-top: 8px; font-size: 14px; }
summary { cursor: pointer; }
[data-said] { min-height: 1.5em; color: var(--candidate); }
.choice { display: grid; gap: 12px; align-content: start; }
.choice > label small { display: block; }
#filter { width: 100%; font: inherit; color: inherit; padding: 7px 10px; background: var(--raised); border: 1px solid var(--axis); border-radius: 6px; }
.classes { display: flex; flex-wrap: wrap; gap: 6px; max-height: 40vh; overflow: auto; padding: 2px; }
.classes [aria-pressed="true"] { border-color: var(--candidate); box-shadow: inset 0 0 0 1px var(--candidate); }
.classes .none { font-style: italic; }
kbd { font: 12px/1 ui-monospace, Menlo, Consolas, monospace; color: var(--quiet); margin-right: 7px; }
kbd:empty { display: none; }
.steps { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; margin-top: 20px; }
.sheet button { width: 100%; height: 100%; padding: 4px; display: grid; gap: 4px; align-content: start; background: var(--surface); font-size: 13px; line-height: 1.3; text-align: left; }
.sheet button > span { min-height: 1.3em; }
.sheet .thumbnail { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: var(--raised); border-radius: 4px; }
.sheet .thumbnail.missing { display: grid; place-items: center; color: var(--quiet); }
.sheet [aria-current="true"] button { outline: 2px solid var(--candidate); }
@media (max-width: 720px) {
  header, main { padding-left: 12px; padding-right: 12px; }
  .bench { grid-template-columns: 1fr; padding: 12px; }
  .bench figure { position: sticky; z-index: 1; top: 0; padding-bottom: 4px; background: var(--surface); }
  .bench img { height: 30vh; aspect-ratio: auto; }
}
`;
