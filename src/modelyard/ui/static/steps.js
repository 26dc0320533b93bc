// Steps one after the other: what each does, what is wrong with it, and buttons to change, move and remove it.
import {h, mui, useProp, Icon, muted} from "./base.js"

const {Box, IconButton, Tooltip, Typography} = mui
const ACTS = [["edit", "edit", "Change"], ["up", "arrow_upward", "Move up"], ["down", "arrow_downward", "Move down"], ["remove", "close", "Remove"]]

function Act({act, icon, label, place, last, model}) {
  const off = (act === "up" && place === 0) || (act === "down" && last)
  return h(Tooltip, {title: off ? "" : label}, h("span", null, h(IconButton, {
    size: "small", disabled: off, "aria-label": `${label} step ${place + 1}`, onClick: () => model.send_msg({type: "act", act, place}),
  }, h(Icon, {name: icon, size: 18}))))
}

export function Steps({model}) {
  const [items, fixed, open] = [useProp(model, "items"), useProp(model, "fixed"), useProp(model, "open")]
  return h(Box, {component: "ol", "aria-label": "Steps", sx: {listStyle: "none", m: 0, p: 0, display: "flex", flexDirection: "column"}}, items.map((item, place) =>
    h(Box, {key: place, component: "li", "aria-current": place === open ? "step" : undefined, sx: {
      display: "flex", alignItems: "center", gap: 1.5, py: fixed ? 0.5 : 0.75, px: 1, borderRadius: 1, bgcolor: place === open ? "action.selected" : undefined,
      ...(!fixed && place > 0 && {borderTop: "1px solid", borderColor: "divider"}),
    }},
      h(Box, {"aria-hidden": true, sx: {
        flex: "none", width: 24, height: 24, borderRadius: "50%", display: "grid", placeItems: "center", fontSize: 12, fontWeight: 600,
        border: "1px solid", borderColor: item.error ? "error.main" : "divider", color: item.error ? "error.main" : "text.secondary",
      }}, place + 1),
      h(Box, {sx: {flex: 1, minWidth: 0}},
        h(Typography, {variant: "body1", sx: {overflowWrap: "anywhere"}}, item.text),
        item.error && h(Typography, {variant: "body2", role: "alert", sx: {color: "error.main", overflowWrap: "anywhere"}}, item.error)),
      item.kind && h(Typography, {variant: "body2", sx: {...muted, flex: "none", display: {xs: "none", sm: "block"}}}, item.kind),
      !fixed && h(Box, {sx: {flex: "none", display: "flex"}}, ACTS.map(([act, icon, label]) =>
        h(Act, {key: act, act, icon, label, place, last: place === items.length - 1, model}))))))
}
