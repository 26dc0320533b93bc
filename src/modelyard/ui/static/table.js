// A table whose pages, order and search come from the server. Values are React text: nothing from data becomes markup.
import {h, mui, useEffect, useRef, useState, useProp, Icon, State, Confirm, mono, muted, tabular, clipped} from "./base.js"
import {follow, go} from "./router.js"

const {Box, Button, IconButton, InputAdornment, Link, MenuItem, Select, TextField, Typography} = mui
const QUIET = new Set(["action", "chips", "spark", "select"]) // nothing there says nothing
const RIGHT = new Set(["number", "action"])

function Spark({counts}) {
  const top = Math.max(...counts, 1)
  const width = 96, height = 22, step = width / counts.length
  return h("svg", {width, height, "aria-hidden": true, style: {display: "block"}}, counts.map((count, i) => {
    const tall = count > 0 ? Math.max(1.5, (count / top) * height) : 0
    return h("rect", {key: i, x: i * step, y: height - tall, width: Math.max(1, step - 1), height: tall, rx: 0.5, fill: "var(--mui-palette-primary-main)", opacity: 0.75})
  }))
}

function Bar({share, text, tone}) {
  return h(Box, {sx: {display: "flex", alignItems: "center", gap: 1}},
    h(Box, {sx: {width: 56, "@media (max-width: 900px)": {width: 32}, height: 5, borderRadius: 3, bgcolor: "action.hover", flex: "none"}},
      h(Box, {sx: {width: `${Math.min(1, Math.max(0, share)) * 100}%`, height: "100%", borderRadius: 3, bgcolor: `${tone ?? "primary"}.main`}})),
    h(Box, {component: "span", sx: {...tabular, whiteSpace: "nowrap", ...(share > 0 ? {} : muted)}}, text))
}

function Meter({value, text, live}) {
  return h(Box, {sx: {display: "flex", alignItems: "center", gap: 1.25, minWidth: 0}},
    live && h(Box, {sx: {width: 72, flex: "none"}}, h(mui.LinearProgress, {"aria-label": "Progress", variant: value == null ? "indeterminate" : "determinate", value: value == null ? undefined : value * 100, sx: {height: 5, borderRadius: 3}})),
    h(Box, {component: "span", title: text, sx: {...clipped, maxWidth: 360}}, text))
}

function Choice({value, column, row, tell}) {
  return h(Select, {
    value: value.value, size: "small", variant: "standard", disableUnderline: true, displayEmpty: true,
    inputProps: {"aria-label": value.label}, sx: {fontSize: 13, "& .MuiSelect-select": {py: 0.25, color: value.quiet ? "text.secondary" : "primary.main", fontWeight: value.quiet ? 400 : 600}},
    onClick: (e) => e.stopPropagation(),
    onChange: (e) => tell({type: "cell", row: row.key, column: column.key, value: e.target.value}),
  }, value.options.map((option) => h(MenuItem, {key: option.value, value: option.value, dense: true}, option.label)))
}

function Actions({value, column, row, tell}) {
  const [ask, setAsk] = useState(null)
  const [name, setName] = useState(null)
  const act = (action) => tell({type: "cell", row: row.key, column: column.key, value: action})
  return h(Box, {sx: {display: "flex", gap: 0.5, justifyContent: "flex-end"}}, value.map((each) => each.words ? h(Box, {component: "span", key: each.label, title: each.hint, sx: {fontSize: 12, ...muted, whiteSpace: "nowrap"}}, each.label) : h(Button, {
    key: each.name, size: "small", color: each.tone ?? "inherit", disabled: each.disabled, ...(each.href && {href: each.href, download: true}), "aria-label": each.hint ?? each.label, sx: {minWidth: 0, px: 1, py: 0.25},
    onClick: (e) => { e.stopPropagation(); if (each.href) { return } if (each.confirm) { setName(each.name); setAsk(each.confirm) } else { act(each.name) } },
  }, each.label)),
  h(Confirm, {ask, onClose: () => setAsk(null), onYes: () => act(name)}))
}

function Cell({value, column, row, tell}) {
  if (value === null || value === undefined || value === "") {
    if (QUIET.has(column.kind)) { return null }
    return h("span", {title: "Nothing", className: "none"}, "–")
  }
  switch (column.kind) {
    case "number": return h("span", {className: "number"}, value)
    case "code": return h(Box, {component: "span", sx: {fontFamily: mono, fontSize: 12, ...muted}}, value)
    case "muted": return h(Box, {component: "span", title: value.title, sx: {...muted, ...tabular}}, value.text ?? value)
    case "link": return h(Box, {sx: {minWidth: 0}},
      value.to ? h(Link, {href: value.to, onClick: (e) => follow(e, value.to), underline: "hover", color: "text.primary", sx: {fontWeight: 600, overflowWrap: "anywhere"}}, value.text) : h(Box, {component: "span", sx: {fontWeight: 500, overflowWrap: "anywhere"}}, value.text),
      value.note && h(Box, {sx: {fontSize: 12, ...muted, ...clipped, maxWidth: "min(420px, 24vw)"}, title: value.note}, value.note))
    case "title": return h(Box, {sx: {minWidth: 0}},
      h(Box, {component: "span", sx: {fontWeight: value.strong ? 650 : 500}}, value.text),
      value.note && h(Box, {sx: {fontSize: 12, ...muted, ...clipped, maxWidth: "min(420px, 24vw)"}, title: value.note}, value.note))
    case "words": return h(Box, {sx: {minWidth: 0, overflowWrap: "anywhere"}}, value.text, value.note && h(Box, {sx: {fontSize: 12, ...muted}}, value.note))
    case "state": return h(State, value)
    case "chips": return h(Box, {sx: {display: "flex", gap: 0.5, flexWrap: "wrap"}}, value.map((text) => h(mui.Chip, {key: text, label: text, size: "small", color: "primary", variant: "outlined"})))
    case "bar": return h(Bar, value)
    case "progress": return h(Meter, value)
    case "spark": return h(Spark, {counts: value})
    case "select": return h(Choice, {value, column, row, tell})
    case "action": return h(Actions, {value, column, row, tell})
    default: return h("span", {title: String(value), className: "clip", style: {maxWidth: column.wide ?? 320}}, String(value))
  }
}

function Head({columns, sort, descending, tell}) {
  return h("thead", null, h("tr", null, columns.map((column) => {
    const sorted = sort === column.key
    return h("th", {
      key: column.key, scope: "col", className: RIGHT.has(column.kind) ? "right" : undefined, style: {width: column.width},
      "aria-sort": sorted ? (descending ? "descending" : "ascending") : undefined,
    }, column.sortable
      ? h("button", {type: "button", onClick: () => tell({type: "sort", key: column.key, descending: sorted && !descending})},
        column.label, h("span", {"aria-hidden": true, className: sorted ? "on" : undefined}, sorted && descending ? "↓" : "↑"))
      : column.label)
  })))
}

function Row({row, columns, tell, selectable, selected, fresh}) {
  const act = row.to ? () => go(row.to) : selectable ? () => tell({type: "select", row: row.key}) : undefined
  const names = [act && "act", selected && "selected", row.quiet && "quiet", fresh && "fresh"].filter(Boolean).join(" ")
  return h("tr", {
    className: names || undefined, onClick: act && ((e) => { if (!e.defaultPrevented && !window.getSelection().toString()) { act() } }),
    tabIndex: selectable ? 0 : undefined, "aria-selected": selectable ? selected : undefined,
    onKeyDown: selectable ? (e) => { if (e.target === e.currentTarget && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); act() } } : undefined,
  }, columns.map((column) => h("td", {key: column.key, className: RIGHT.has(column.kind) ? "right" : undefined, style: {maxWidth: column.wide ?? 480}},
    h(Cell, {value: row.cells[column.key], column, row, tell}))))
}

// Plain elements under one style: a table of thousands of cells is drawn several times faster than by Material's own.
const TABLE = (theme) => ({
  width: "100%", borderCollapse: "separate", borderSpacing: 0, fontSize: "0.8125rem", lineHeight: 1.43,
  "& th, & td": {padding: "8px 12px", textAlign: "left", borderBottom: "1px solid", borderColor: theme.palette.divider},
  "& th:first-of-type, & td:first-of-type": {paddingLeft: "20px"},
  "& th:last-of-type, & td:last-of-type": {paddingRight: "20px"},
  "@media (max-width: 900px)": {
    "& th, & td": {padding: "8px 6px"}, "& th:first-of-type, & td:first-of-type": {paddingLeft: "20px"}, "& th:last-of-type, & td:last-of-type": {paddingRight: "12px"},
    "& .clip": {maxWidth: "170px !important"},
  },
  "& .right": {textAlign: "right"},
  "& th": {color: theme.palette.text.secondary, fontWeight: 550, fontSize: "0.75rem", whiteSpace: "nowrap", backgroundColor: theme.palette.background.paper},
  "& th button": {all: "unset", cursor: "pointer", borderRadius: "3px", "&:hover, &:focus-visible": {color: theme.palette.text.primary}, "&:focus-visible": {outline: `2px solid ${theme.palette.primary.main}`}},
  "& th button span": {opacity: 0, marginLeft: "4px", "&.on": {opacity: 1}},
  "& th button:hover span": {opacity: 0.6},
  "& tbody tr:last-child td": {borderBottom: 0},
  "& tr.act": {cursor: "pointer", "&:hover": {backgroundColor: theme.palette.action.hover}},
  "& tr.act:focus-visible": {outline: `2px solid ${theme.palette.primary.main}`, outlineOffset: "-2px"},
  "& tr.selected, & tr.selected:hover": {backgroundColor: theme.palette.action.selected},
  "& tr.quiet": {opacity: 0.6},
  "& tr.fresh": {animation: "arrive 1.4s ease-out", "@media (prefers-reduced-motion: reduce)": {animation: "none"}},
  "@keyframes arrive": {from: {backgroundColor: theme.palette.action.focus}},
  "& .clip": {overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", display: "block"},
  "& .number": {fontVariantNumeric: "tabular-nums"},
  "& .none": {color: theme.palette.text.disabled},
})

function Search({search, label, tell}) {
  const [text, setText] = useState(search)
  const timer = useRef(null)
  useEffect(() => { if (document.activeElement == null || timer.current == null) { setText(search) } }, [search])
  const change = (value) => {
    setText(value)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => { timer.current = null; tell({type: "search", text: value}) }, 300)
  }
  return h(TextField, {
    size: "small", placeholder: label, value: text, onChange: (e) => change(e.target.value), sx: {width: 260},
    slotProps: {htmlInput: {"aria-label": label, type: "search"}, input: {startAdornment: h(InputAdornment, {position: "start"}, h(Icon, {name: "search", size: 18}))}},
  })
}

function Pager({offset, limit, total, shown, more, tell}) {
  const last = Math.min(offset + shown, total)
  const page = (to) => tell({type: "page", offset: Math.max(0, to)})
  const button = (name, label, to, disabled) => h(IconButton, {size: "small", "aria-label": label, disabled, onClick: () => page(to)}, h(Icon, {name}))
  return h(Box, {sx: {display: "flex", alignItems: "center", justifyContent: "flex-end", gap: 0.5, px: 1.5, py: 0.75, borderTop: "1px solid", borderColor: "divider"}},
    h(Typography, {variant: "body2", sx: {...muted, ...tabular, mr: 1}}, total === 0 ? "Nothing found" : `${(offset + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${more ? "more" : total.toLocaleString("en")}`),
    button("first_page", "First page", 0, offset === 0),
    button("chevron_left", "Previous page", offset - limit, offset === 0),
    button("chevron_right", "Next page", offset + limit, last >= total && !more),
    button("last_page", "Last page", Math.floor((total - 1) / limit) * limit, last >= total || more))
}

/** Keys that were not in the table before, so that what arrives while one watches can be seen. */
function useFresh(rows, lively) {
  const known = useRef(null)
  const fresh = new Set()
  if (lively && known.current) { rows.forEach((row) => { if (!known.current.has(row.key)) { fresh.add(row.key) } }) }
  useEffect(() => { known.current = new Set(rows.map((row) => row.key)) }, [rows])
  return fresh
}

export function DataTable({model}) {
  const [columns, rows, total] = [useProp(model, "columns"), useProp(model, "rows"), useProp(model, "total")]
  const [offset, limit, sort, descending] = [useProp(model, "offset"), useProp(model, "limit"), useProp(model, "sort"), useProp(model, "descending")]
  const [search, searchable, selectable, selected] = [useProp(model, "search"), useProp(model, "searchable"), useProp(model, "selectable"), useProp(model, "selected")]
  const [label, height, lively] = [useProp(model, "label"), useProp(model, "tall"), useProp(model, "lively")]
  const more = useProp(model, "more")
  const nothing = useProp(model, "nothing")
  const tell = (message) => model.send_msg(message)
  const fresh = useFresh(rows, lively)
  const paged = total > limit || offset > 0 || more
  return h(Box, {sx: {width: "100%", minWidth: 0}},
    searchable && h(Box, {sx: {px: 2.5, pt: 0.5, pb: 1.5}}, h(Search, {search, label: searchable, tell})),
    h(Box, {sx: {overflow: "auto", maxHeight: height || undefined}, tabIndex: height ? 0 : undefined},
      h(Box, {component: "table", "aria-label": label, sx: [TABLE, height ? {"& th": {position: "sticky", top: 0, zIndex: 1}} : {}]},
        h(Head, {columns, sort, descending, tell}),
        h("tbody", null, rows.map((row) => h(Row, {
          key: row.key, row, columns, tell, selectable, selected: selectable && selected === row.key, fresh: fresh.has(row.key),
        }))))),
    rows.length === 0 && h(Typography, {variant: "body1", sx: {...muted, p: 3, textAlign: "center"}}, nothing),
    paged && h(Pager, {offset, limit, total, shown: rows.length, more, tell}))
}
