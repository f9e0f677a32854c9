// A list of formulas as JSON on standard input; for each null, or what strict KaTeX says against it.
const katex = require("katex");

const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const said = formulas.map((tex) => {
  try {
    katex.renderToString(tex, { displayMode: true, strict: "error", throwOnError: true });
    return null;
  } catch (error) {
    return error.message;
  }
});
process.stdout.write(JSON.stringify(said));
