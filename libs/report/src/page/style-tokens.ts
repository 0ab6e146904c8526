/** Colours and measures. Text on its ground has a contrast of at least 4.5 to 1 in both schemes. */
export const tokenStyle = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --surface: #fff; --raised: #f7f8fa; --ink: #15181c; --quiet: #565e68;
  --line: #dde1e6; --grid: #eceef1; --axis: #747c87;
  --retained: #00705a; --retained-ground: #e4f3ee;
  --regressed: #b53411; --regressed-ground: #fcece6;
  --undecided: #855600; --undecided-ground: #fbf1da;
  --infeasible: #48505b; --infeasible-ground: #eceef1;
  --candidate: #1d5bd0; --reference: #68717d; --share: #1e40af; --inverse: #fff;
  --intolerable: rgb(181 52 17 / 0.07);
  --radius: 10px;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0e1115; --surface: #161a20; --raised: #1c2129; --ink: #e7eaee; --quiet: #a3acb8;
    --line: #2c323b; --grid: #232831; --axis: #8a94a1;
    --retained: #4fc7a4; --retained-ground: #112b25;
    --regressed: #ff8d69; --regressed-ground: #38190f;
    --undecided: #edb84c; --undecided-ground: #30250d;
    --infeasible: #b1bac6; --infeasible-ground: #232932;
    --candidate: #7ca9ff; --reference: #98a2b0; --share: #93b4ff; --inverse: #12151a;
    --intolerable: rgb(255 141 105 / 0.1);
  }
}
.retained { --tone: var(--retained); --ground: var(--retained-ground); }
.regressed { --tone: var(--regressed); --ground: var(--regressed-ground); }
.undecided { --tone: var(--undecided); --ground: var(--undecided-ground); }
.infeasible { --tone: var(--infeasible); --ground: var(--infeasible-ground); }
`;
