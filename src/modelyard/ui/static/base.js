// What every component stands on: the one copy of React and Material UI that panel-material-ui has already loaded.
// The folder that serves this file is named modelyard-<our hash>-<its hash>; a second copy of its bundle would have
// a theme and a dark mode of its own, so the address must be the very one that panel-material-ui uses.
const here = new URL(import.meta.url)
const [hash] = here.pathname.split("/").at(-2).split("-").slice(-1)
const bundle = new URL(`../panel-material-ui/panel-material-ui.bundle.js?${hash}`, here)

export const pnmui = (await import(bundle.href)).default // importShim takes text only, no URL object
export const {React, createRoot, createCache, CacheProvider, material_ui: mui, material_styles: styles} = pnmui
export const {useState, useEffect, useRef, useCallback, useMemo} = React
export const h = React.createElement

/** Wrap a component with the theme and the dark mode of the page. */
export function themed(render) {
  function Themed(props) {
    const theme = pnmui.install_theme_hooks(props)
    return h(styles.ThemeProvider, {theme}, h(render, props))
  }
  return {default: {render: Themed}}
}

/** Read a property of the model and follow its changes; unlike `model.useState` it never writes back. */
export function useProp(model, name) {
  const [value, setValue] = useState(model[name])
  useEffect(() => {
    const follow = () => setValue(model[name])
    model.on(name, follow, true)
    follow()
    return () => model.off(name, follow)
  }, [])
  return value
}

/** An icon of the Material Icons font, which is served beside the bundle. */
export function Icon({name, size = 20, sx, ...rest}) {
  const style = {
    fontFamily: "'Material Icons Outlined'", fontSize: size, lineHeight: 1, width: size, height: size, overflow: "hidden",
    fontFeatureSettings: "'liga'", fontWeight: 400, display: "inline-block", flex: "none", userSelect: "none",
    whiteSpace: "nowrap", WebkitFontSmoothing: "antialiased", ...sx,
  }
  return h(mui.Box, {component: "span", "aria-hidden": true, sx: style, ...rest}, name)
}

/** The children of a Panel layout, one under the other. */
export function Stack({children, gap = 2, sx}) {
  return h(mui.Box, {sx: {display: "flex", flexDirection: "column", gap, minWidth: 0, ...sx}}, children)
}

export const mono = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"
export const tabular = {fontVariantNumeric: "tabular-nums"}
export const muted = {color: "text.secondary"}
export const clipped = {overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap"}
export const hiddenText = {
  position: "absolute", width: "1px", height: "1px", overflow: "hidden", clip: "rect(0 0 0 0)", whiteSpace: "nowrap",
}

export const TONES = {
  queued: "text.secondary", running: "primary.main", succeeded: "success.main", finished: "success.main",
  failed: "error.main", cancelled: "text.secondary", stopped: "text.secondary", lost: "warning.main",
  good: "success.main", warning: "warning.main", problem: "error.main", skipped: "text.secondary",
}

/** A state in words with a dot of its color; the dot breathes while something runs. */
export function State({state, label}) {
  const tone = TONES[state] ?? "text.secondary"
  const live = state === "running"
  return h(mui.Box, {component: "span", sx: {display: "inline-flex", alignItems: "center", gap: 0.875, whiteSpace: "nowrap"}},
    h(mui.Box, {component: "span", sx: {
      width: 7, height: 7, borderRadius: "50%", bgcolor: tone, flex: "none",
      ...(live && {animation: "breathe 1.6s ease-in-out infinite", "@media (prefers-reduced-motion: reduce)": {animation: "none"}}),
      "@keyframes breathe": {"50%": {opacity: 0.3}},
    }}),
    h(mui.Box, {component: "span", sx: {color: state === "failed" ? "error.main" : "inherit"}}, label ?? state))
}

/** A question before something that cannot be undone. */
export function Confirm({ask, onClose, onYes}) {
  const {Dialog, DialogTitle, DialogContent, DialogContentText, DialogActions, Button} = mui
  const stay = (e) => e.stopPropagation() // React's events also reach the row that asks, though the dialog lies elsewhere
  return h(Dialog, {open: Boolean(ask), onClose, maxWidth: "xs", fullWidth: true, onClick: stay},
    h(DialogTitle, null, ask?.title),
    h(DialogContent, null, h(DialogContentText, null, ask?.text)),
    h(DialogActions, {sx: {p: 2}},
      h(Button, {onClick: onClose, color: "inherit"}, ask?.no ?? "Keep it"),
      h(Button, {onClick: () => { onClose(); onYes() }, variant: "contained", color: "error", autoFocus: true}, ask?.yes ?? "Yes")))
}
