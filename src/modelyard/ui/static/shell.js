// The frame: header, rail of tabs and the place where screens go.
import {h, mui, styles, pnmui, useEffect, useRef, useState, useProp, Icon, clipped, hiddenText} from "./base.js"
import {Bell} from "./notices.js"
import {follow, go, onRoute} from "./router.js"

const {Box, ButtonBase, IconButton, LinearProgress, Tooltip} = mui
const NARROW = "@media (max-width: 900px)"
const HEADER = 52

function Mark() {
  return h("svg", {width: 26, height: 26, viewBox: "0 0 26 26", "aria-hidden": true},
    h("rect", {x: 1, y: 1, width: 24, height: 24, rx: 6, fill: "currentColor"}),
    h("path", {d: "M6 18.5V8.2l7 6.4 7-6.4v10.3", fill: "none", stroke: "var(--mui-palette-background-paper)", strokeWidth: 2.4, strokeLinecap: "round", strokeLinejoin: "round"}))
}

function Brand({workspace}) {
  return h(Box, {sx: {display: "flex", alignItems: "center", gap: 1.25, minWidth: 0}},
    h(Box, {component: "a", href: "?tab=home", onClick: (e) => follow(e, "?tab=home"), "aria-label": "Modelyard, home", sx: {
      display: "flex", alignItems: "center", gap: 1.25, color: "primary.main", textDecoration: "none", borderRadius: 1,
    }}, h(Mark), h(Box, {component: "span", sx: {color: "text.primary", fontWeight: 650, fontSize: 16, letterSpacing: "-0.01em"}}, "Modelyard")),
    workspace && h(Box, {component: "span", sx: {color: "divider", fontSize: 18}}, "/"),
    workspace && h(Tooltip, {title: workspace.path}, h(Box, {component: "span", sx: {color: "text.secondary", fontSize: 13, ...clipped}}, workspace.name)))
}

/** Light or dark; kept in a cookie so that the server paints the right one at once the next time. */
function ThemeButton({dark, setDark}) {
  const asked = useRef(false)
  const choose = (value) => {
    document.cookie = `modelyard_theme=${value ? "dark" : "light"}; path=/; max-age=31536000; samesite=lax`
    setDark(value)
  }
  useEffect(() => {
    if (asked.current || document.cookie.includes("modelyard_theme=")) { return }
    asked.current = true
    if (window.matchMedia("(prefers-color-scheme: dark)").matches) { setDark(true) }
  }, [])
  const label = dark ? "Switch to light mode" : "Switch to dark mode"
  return h(Tooltip, {title: label}, h(IconButton, {size: "small", "aria-label": label, onClick: () => choose(!dark), sx: {color: "text.secondary"}},
    h(Icon, {name: dark ? "light_mode" : "dark_mode"})))
}

function RailItem({item, current, badge}) {
  const to = `?tab=${item.key}`
  return h(Tooltip, {title: item.label, placement: "right", disableHoverListener: !window.matchMedia("(max-width: 900px)").matches},
    h(ButtonBase, {component: "a", href: to, onClick: (e) => follow(e, to), "aria-current": current ? "page" : undefined, "aria-label": item.label, sx: {
      justifyContent: "flex-start", gap: 1.5, height: 38, px: 1.5, borderRadius: 1.5, fontSize: 14, width: "100%", position: "relative",
      color: current ? "primary.main" : "text.secondary", fontWeight: current ? 600 : 500, bgcolor: current ? "action.selected" : "transparent",
      "&:hover": {bgcolor: current ? "action.selected" : "action.hover", color: current ? "primary.main" : "text.primary"},
      "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: -2},
      [NARROW]: {justifyContent: "center", px: 0},
    }},
    h(Icon, {name: item.icon}),
    h(Box, {component: "span", sx: {flex: 1, [NARROW]: hiddenText}}, item.label),
    badge ? h(Box, {component: "span", "aria-label": `${badge} at work`, sx: {
      fontSize: 11, fontWeight: 600, minWidth: 18, height: 18, lineHeight: "18px", textAlign: "center", borderRadius: 9, px: 0.5,
      bgcolor: "primary.main", color: "primary.contrastText", [NARROW]: {position: "absolute", top: 2, right: 4, minWidth: 15, height: 15, lineHeight: "15px", fontSize: 10},
    }}, badge) : null))
}

function Rail({items, badges, tab}) {
  return h(Box, {component: "nav", "aria-label": "Tabs", sx: {
    gridArea: "rail", borderRight: "1px solid", borderColor: "divider", bgcolor: "background.paper", p: 1.25, overflowY: "auto",
    display: "flex", flexDirection: "column", gap: 0.5, [NARROW]: {p: 0.75},
  }}, items.map((item) => h(RailItem, {key: item.key, item, current: item.key === tab, badge: badges?.[item.key]})))
}

function tabOf(route, items) {
  const tab = new URLSearchParams(route).get("tab")
  return items.some((item) => item.key === tab) ? tab : items[0]?.key
}

export function Shell({model, view}) {
  const theme = styles.useTheme()
  const [route, setRoute] = model.useState("route")
  const [dark, setDark] = model.useState("dark_theme")
  const shown = useProp(model, "shown")
  const items = useProp(model, "tabs")
  const badges = useProp(model, "badges")
  const workspace = useProp(model, "workspace")
  const main = model.get_child("main")
  const scroller = useRef(null)
  const [late, setLate] = useState(false)

  pnmui.setup_global_styles(view, theme, view.model.data._custom_theme, false)
  useEffect(() => onRoute(setRoute), [])
  useEffect(() => { if (route !== window.location.search) { go(route) } }, [route])
  useEffect(() => { scroller.current?.scrollTo(0, 0) }, [shown])
  useEffect(() => {
    setLate(false)
    if (route === shown) { return undefined }
    const timer = setTimeout(() => setLate(true), 250)
    return () => clearTimeout(timer)
  }, [route, shown])

  const tab = tabOf(route, items)
  return h(Box, {sx: {
    display: "grid", gridTemplateAreas: "'header header' 'rail main'", gridTemplateRows: `${HEADER}px minmax(0, 1fr)`,
    gridTemplateColumns: "196px minmax(0, 1fr)", [NARROW]: {gridTemplateColumns: "56px minmax(0, 1fr)"},
    position: "fixed", inset: 0, bgcolor: "background.default", color: "text.primary", fontFamily: theme.typography.fontFamily,
  }},
  h(Box, {component: "a", href: "#content", onClick: (e) => { e.preventDefault(); scroller.current?.focus() }, sx: {
    position: "absolute", left: 8, top: -60, zIndex: 2000, bgcolor: "background.paper", color: "primary.main", p: 1, "&:focus": {top: 8},
  }}, "Skip to content"),
  h(Box, {component: "header", sx: {
    gridArea: "header", display: "flex", alignItems: "center", justifyContent: "space-between", gap: 2, px: 2, position: "relative",
    borderBottom: "1px solid", borderColor: "divider", bgcolor: "background.paper", minWidth: 0,
  }},
  h(Brand, {workspace}), h(Box, {sx: {display: "flex", alignItems: "center", gap: 1, flex: "none"}}, h(Bell, {model}), h(ThemeButton, {dark, setDark})),
  late && h(LinearProgress, {"aria-label": "Loading", sx: {position: "absolute", left: 0, right: 0, bottom: -2, height: 2}})),
  h(Rail, {items, badges, tab}),
  h(Box, {component: "main", id: "content", ref: scroller, tabIndex: -1, sx: {gridArea: "main", overflowY: "auto", outline: "none", scrollbarGutter: "stable"}},
    h(Box, {sx: {maxWidth: 1280, mx: "auto", px: 4, pt: 3, pb: 8, [NARROW]: {px: 2.5}, display: "flex", flexDirection: "column", gap: 2.5, opacity: late ? 0.5 : 1, transition: "opacity 0.15s"}}, main)))
}
