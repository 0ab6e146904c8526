/** A contact sheet: pictures in rows, or in pairs. */
export const contactSheetStyle = `
.title { display: block; font-size: clamp(22px, 3vw, 30px); overflow-wrap: anywhere; }
.sheet { display: flex; flex-wrap: wrap; gap: 14px; margin-top: 14px; }
.sheet > li { display: flex; gap: 8px; padding: 8px; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; max-width: 100%; flex-wrap: wrap; align-content: start; }
.sheet figure { width: 112px; min-width: 0; }
.sheet .thumbnail { display: block; width: 112px; height: 112px; object-fit: contain; image-rendering: auto; background: var(--surface); border-radius: 4px; }
.sheet .thumbnail.missing { display: grid; place-items: center; color: var(--quiet); font-size: 13px; }
.sheet figcaption { margin-top: 4px; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
.sheet .said { width: 0; min-width: 100%; font-size: 12.5px; color: var(--quiet); }
section > h2 small { font-size: 14px; font-weight: 400; color: var(--quiet); }
`;
