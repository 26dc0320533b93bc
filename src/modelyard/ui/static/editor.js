// A field for code: fixed width, the tab key stays in the page's order, Ctrl+Enter runs what is there.
import {h, mui, useEffect, useState, useProp, mono} from "./base.js"

export function Editor({model}) {
  const [text, label, placeholder] = [useProp(model, "text"), useProp(model, "label"), useProp(model, "placeholder")]
  const rows = useProp(model, "rows")
  const [typed, setTyped] = useState(text)
  useEffect(() => { setTyped(text) }, [text])
  const send = (type) => model.send_msg({type, text: typed})
  return h(mui.TextField, {
    label, placeholder, multiline: true, minRows: rows, maxRows: 24, fullWidth: true, size: "small", value: typed,
    onChange: (e) => setTyped(e.target.value),
    onBlur: () => send("typed"),
    onKeyDown: (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); send("run") } },
    slotProps: {htmlInput: {spellCheck: false, autoCapitalize: "off", style: {fontFamily: mono, fontSize: 13, lineHeight: 1.6}}},
    helperText: "Ctrl+Enter runs it. It can only read.",
  })
}
