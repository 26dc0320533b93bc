// The bell: what this person's jobs came to.
import {h, mui, useState, useProp, Icon, State, muted, clipped} from "./base.js"
import {follow} from "./router.js"

const {Badge, Box, Button, ButtonBase, IconButton, Link, Popover, Tooltip, Typography} = mui

function Item({item, onOpen}) {
  return h(ButtonBase, {component: "li", role: "button", tabIndex: 0, onClick: onOpen, "aria-label": `${item.title}: ${item.label}${item.unread ? ", unread" : ""}`, sx: {
    display: "block", width: "100%", textAlign: "left", px: 2, py: 1.25, borderTop: "1px solid", borderColor: "divider",
    bgcolor: item.unread ? "action.selected" : "transparent", "&:hover": {bgcolor: "action.hover"},
    "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: -2},
  }},
  h(Box, {sx: {display: "flex", justifyContent: "space-between", gap: 2}},
    h(Typography, {variant: "body2", sx: {fontWeight: item.unread ? 650 : 500, ...clipped}, title: item.title}, item.title),
    h(Typography, {variant: "body2", sx: {...muted, whiteSpace: "nowrap"}}, item.when)),
  h(Box, {sx: {display: "flex", gap: 1, fontSize: 12, mt: 0.25, minWidth: 0}},
    h(State, {state: item.state, label: item.label}),
    h(Box, {component: "span", title: item.message, sx: {...muted, ...clipped}}, item.message)))
}

export function Bell({model}) {
  const [unread, items] = [useProp(model, "unread"), useProp(model, "notices")]
  const [anchor, setAnchor] = useState(null)
  const close = () => setAnchor(null)
  const open = (e) => { setAnchor(e.currentTarget); model.send_msg({type: "notices"}) }
  const label = unread ? `${unread} unread notice${unread === 1 ? "" : "s"}` : "Notices"
  return h(Box, null,
    h(Tooltip, {title: label}, h(IconButton, {size: "small", "aria-label": label, "aria-haspopup": "dialog", onClick: open, sx: {color: "text.secondary"}},
      h(Badge, {badgeContent: unread, max: 99, color: "primary", sx: {"& .MuiBadge-badge": {fontSize: 10, fontWeight: 600, height: 16, minWidth: 16, px: 0.5}}}, h(Icon, {name: "notifications"})))),
    h(Popover, {
      open: Boolean(anchor), anchorEl: anchor, onClose: close, anchorOrigin: {vertical: "bottom", horizontal: "right"}, transformOrigin: {vertical: "top", horizontal: "right"},
      slotProps: {paper: {role: "dialog", "aria-label": "Notices", variant: "outlined", elevation: 0, sx: {width: 400, maxWidth: "calc(100vw - 32px)", mt: 0.75, boxShadow: "0 8px 28px rgba(0, 0, 0, 0.18)"}}},
    },
    h(Box, {sx: {display: "flex", alignItems: "center", justifyContent: "space-between", px: 2, py: 1}},
      h(Typography, {variant: "h2"}, "Notices"),
      h(Button, {size: "small", disabled: !unread, onClick: () => model.send_msg({type: "read"})}, "Mark all as read")),
    h(Box, {component: "ul", sx: {m: 0, p: 0, listStyle: "none", maxHeight: 420, overflowY: "auto"}},
      items.map((item) => h(Item, {key: item.job, item, onOpen: () => { close(); model.send_msg({type: "notice", job: item.job}) }})),
      items.length === 0 && h(Box, {component: "li", sx: {px: 2, py: 3, textAlign: "center", fontSize: 13, borderTop: "1px solid", borderColor: "divider", ...muted}}, "Nothing yet. When a job of yours has ended, it is told here.")),
    h(Box, {sx: {px: 2, py: 1, borderTop: "1px solid", borderColor: "divider", fontSize: 13}},
      h(Link, {href: "?tab=jobs", underline: "hover", onClick: (e) => { close(); follow(e, "?tab=jobs") }}, "All jobs"))))
}
