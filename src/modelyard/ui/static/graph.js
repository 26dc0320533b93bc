// Boxes in layers from left to right, and the lines between them.
import {h, mui, useEffect, useProp, useRef, Icon, hiddenText, muted, clipped} from "./base.js"
import {follow} from "./router.js"

const {Box} = mui

/** The path of a line: soft between layers, straight where it passes through one. */
function path(points) {
  return points.map(([x, y], i) => {
    if (i === 0) { return `M${x},${y}` }
    const [before, height] = points[i - 1]
    const middle = (before + x) / 2
    return `C${middle},${height} ${middle},${y} ${x},${y}`
  }).join("")
}

/** The tip of an arrow that ends at a point. */
const tip = ([x, y]) => `M${x - 6},${y - 4}L${x},${y}L${x - 6},${y + 4}`

function Node({box}) {
  const {current, to} = box
  return h(Box, {component: "li", sx: {position: "absolute", left: box.x, top: box.y, width: box.wide, height: box.tall}},
    h(Box, {
      ...(to && {component: "a", href: to, onClick: (e) => follow(e, to)}), title: box.hint, "aria-current": current ? "true" : undefined,
      sx: {
        boxSizing: "border-box", width: 1, height: 1, px: 1.25, display: "flex", alignItems: "center", gap: 1, borderRadius: 2, textDecoration: "none", color: "inherit",
        bgcolor: "background.paper", border: box.deleted ? "1px dashed" : "1px solid", borderColor: current ? "primary.main" : "divider",
        ...(current && {boxShadow: (theme) => `0 0 0 1px ${theme.palette.primary.main}`}),
        ...(to && {"&:hover": {borderColor: "primary.main", bgcolor: "action.hover"}, "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: 2}}),
      },
    },
    h(Icon, {name: box.icon, size: 18, sx: {color: to ? "primary.main" : "text.secondary"}}),
    h(Box, {sx: {minWidth: 0}},
      h(Box, {sx: {fontSize: 13, fontWeight: 600, ...clipped, ...(box.deleted && muted)}}, box.title),
      h(Box, {sx: {fontSize: 12, ...muted, ...clipped}}, box.note)),
    box.from && h(Box, {component: "span", sx: hiddenText}, box.from)))
}

/** A graph; where it is wider than its place it is scrolled, and begins with the current box in view. */
export function Graph({model}) {
  const [boxes, lines, label] = [useProp(model, "boxes"), useProp(model, "lines"), useProp(model, "label")]
  const [wide, tall] = [useProp(model, "wide"), useProp(model, "tall")]
  const frame = useRef(null)
  useEffect(() => {
    const current = boxes.find((box) => box.current)
    if (current && frame.current) { frame.current.scrollLeft = current.x + current.wide / 2 - frame.current.clientWidth / 2 }
  }, [boxes])
  return h(Box, {ref: frame, role: "group", "aria-label": label, sx: {overflowX: "auto", p: "4px"}},
    h(Box, {sx: {position: "relative", width: wide, height: tall}},
      h(Box, {component: "svg", width: wide, height: tall, "aria-hidden": true, sx: {position: "absolute", inset: 0, color: "text.disabled", fill: "none", stroke: "currentColor", strokeWidth: 1.5}},
        lines.map((points, i) => h("path", {key: i, d: path(points) + tip(points.at(-1))}))),
      h(Box, {component: "ul", sx: {listStyle: "none", m: 0, p: 0}}, boxes.map((box) => h(Node, {key: box.id, box})))))
}
