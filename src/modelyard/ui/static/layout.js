// Headings, cards and other things that hold or say something.
import {h, mui, useState, useEffect, useRef, useProp, Icon, Stack, State, Confirm, mono, muted, tabular, clipped} from "./base.js"
import {follow} from "./router.js"

const {Box, Button, Collapse, IconButton, LinearProgress, Link, Paper, Tooltip, Typography} = mui

function Crumbs({crumbs}) {
  if (!crumbs?.length) { return null }
  return h(Box, {component: "nav", "aria-label": "Path", sx: {display: "flex", gap: 0.75, fontSize: 13, ...muted}}, crumbs.flatMap((crumb, i) => [
    h(Link, {key: i, href: crumb.to, onClick: (e) => follow(e, crumb.to), underline: "hover", color: "inherit"}, crumb.text),
    h("span", {key: `/${i}`, "aria-hidden": true}, "/"),
  ]))
}

/** The head of a screen: where one is, what it is called, what can be done. */
export function Heading({model}) {
  const [title, note, crumbs] = [useProp(model, "title"), useProp(model, "note"), useProp(model, "crumbs")]
  const tools = model.get_child("tools")
  return h(Box, {sx: {display: "flex", alignItems: "flex-end", justifyContent: "space-between", gap: 2, flexWrap: "wrap"}},
    h(Box, {sx: {minWidth: 0}},
      h(Crumbs, {crumbs}),
      h(Typography, {variant: "h1", sx: {overflowWrap: "anywhere"}}, title),
      note && h(Typography, {variant: "body1", sx: {...muted, mt: 0.5}}, note)),
    h(Box, {sx: {display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap"}}, tools))
}

/** A card with a title. */
export function Section({model}) {
  const [title, note, flush] = [useProp(model, "title"), useProp(model, "note"), useProp(model, "flush")]
  const objects = model.get_child("objects")
  const tools = model.get_child("tools")
  const head = (title || tools.length > 0) && h(Box, {sx: {display: "flex", alignItems: "center", justifyContent: "space-between", gap: 2, px: 2.5, pt: 2, pb: flush ? 1.5 : 0}},
    h(Box, {sx: {minWidth: 0}},
      title && h(Typography, {variant: "h2"}, title),
      note && h(Typography, {variant: "body2", sx: {...muted, mt: 0.25}}, note)),
    h(Box, {sx: {display: "flex", gap: 1, flex: "none"}}, tools))
  const appeal = useProp(model, "appeal")
  const paper = useRef(null)
  useEffect(() => { // the picture in it may still be on its way and makes it taller
    if (!appeal) { return }
    const show = () => paper.current?.scrollIntoView({block: "nearest", behavior: "smooth"})
    const timers = [50, 600].map((delay) => setTimeout(show, delay))
    return () => timers.forEach(clearTimeout)
  }, [appeal])
  return h(Paper, {ref: paper, component: "section", "aria-label": title || undefined, variant: "outlined", sx: {overflow: "hidden", width: "100%"}},
    head, h(Stack, {gap: 1.5, sx: {p: flush ? 0 : 2.5, pt: flush ? 0 : (head ? 1.75 : 2.5)}}, objects))
}

/** A card that opens when somebody wants to know more. */
export function Folded({model}) {
  const [title, note] = [useProp(model, "title"), useProp(model, "note")]
  const objects = model.get_child("objects")
  const [open, setOpen] = useState(false)
  return h(Paper, {variant: "outlined", sx: {overflow: "hidden", width: "100%"}},
    h(mui.ButtonBase, {onClick: () => setOpen(!open), "aria-expanded": open, sx: {
      width: "100%", justifyContent: "flex-start", gap: 1.5, px: 2.5, py: 1.75, textAlign: "left", "&:hover": {bgcolor: "action.hover"},
      "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: -2},
    }},
    h(Box, {sx: {flex: 1, minWidth: 0}}, h(Typography, {variant: "h2", component: "span"}, title), note && h(Typography, {variant: "body2", sx: muted}, note)),
    h(Icon, {name: open ? "expand_less" : "expand_more", sx: muted})),
    h(Collapse, {in: open}, h(Stack, {gap: 2, sx: {p: 2.5, pt: 0.5}}, objects)))
}

/** What a screen says while there is nothing to show. */
export function Empty({model}) {
  const [icon, title, text] = [useProp(model, "icon"), useProp(model, "title"), useProp(model, "text")]
  const objects = model.get_child("objects")
  return h(Box, {sx: {display: "flex", flexDirection: "column", alignItems: "center", textAlign: "center", gap: 1, py: 5, px: 3}},
    h(Box, {sx: {width: 44, height: 44, borderRadius: "50%", display: "grid", placeItems: "center", bgcolor: "action.selected", color: "primary.main", mb: 0.5}}, h(Icon, {name: icon, size: 22})),
    h(Typography, {variant: "h3"}, title),
    h(Typography, {variant: "body1", sx: {...muted, maxWidth: 480}}, text),
    objects.length > 0 && h(Box, {sx: {display: "flex", gap: 1, mt: 1.5, flexWrap: "wrap", justifyContent: "center"}}, objects))
}

/** Things to choose from, each a card that leads somewhere; one that leads nowhere is quiet and says how to get it. */
export function Tiles({model}) {
  const [items, label] = [useProp(model, "items"), useProp(model, "label")]
  return h(Box, {component: "ul", "aria-label": label || undefined, sx: {listStyle: "none", m: 0, p: 0, display: "grid", gap: 1.5, gridTemplateColumns: "repeat(auto-fill, minmax(240px, 1fr))"}}, items.map((item) =>
    h(Box, {key: item.title, component: "li", sx: {display: "flex", minWidth: 0}},
      h(Box, {...(item.to && {component: "a", href: item.to, onClick: (e) => follow(e, item.to)}), sx: {
        flex: 1, minWidth: 0, display: "flex", gap: 1.5, p: 2, border: "1px solid", borderColor: "divider", borderRadius: 2, color: "inherit", textDecoration: "none",
        ...(item.to && {"&:hover": {borderColor: "primary.main", bgcolor: "action.hover"}, "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: 1}}),
      }},
      h(Icon, {name: item.icon ?? "storage", sx: {color: item.to ? "primary.main" : "text.disabled", mt: "1px"}}),
      h(Box, {sx: {minWidth: 0}},
        h(Typography, {variant: "h3", component: "span", sx: {display: "block", color: item.to ? undefined : "text.secondary"}}, item.title),
        h(Typography, {variant: "body2", sx: {...muted, mt: 0.25}}, item.text),
        item.code && h(Box, {component: "code", sx: {display: "block", mt: 1, fontFamily: mono, fontSize: 12, overflowWrap: "anywhere"}}, item.code))))))
}

/** Where one is in something that has levels; a click on a level above goes back there. */
export function Trail({model}) {
  const [items, label] = [useProp(model, "items"), useProp(model, "label")]
  const tools = model.get_child("tools")
  return h(Box, {sx: {display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: 1, px: 2.5}},
    h(Box, {component: "nav", "aria-label": label, sx: {display: "flex", flexWrap: "wrap", alignItems: "center", gap: 0.75, fontSize: 14, minWidth: 0}}, items.flatMap((text, i) => {
      const here = i === items.length - 1
      return [
        i > 0 && h(Box, {key: `/${i}`, component: "span", "aria-hidden": true, sx: muted}, "/"),
        here ? h(Box, {key: i, component: "span", "aria-current": "true", sx: {fontWeight: 600, overflowWrap: "anywhere"}}, text)
          : h(Link, {key: i, component: "button", type: "button", underline: "hover", sx: {fontSize: 14, overflowWrap: "anywhere", textAlign: "left"}, onClick: () => model.send_msg({type: "open", depth: i})}, text),
      ]
    })),
    h(Box, {sx: {display: "flex", gap: 1}}, tools))
}

const SEVERITIES = {error: "error_outline", warning: "warning_amber", info: "info_outline", success: "check_circle_outline"}

/** An error as the whole product says it: what, where, what was possible, what to do; details to unfold. */
export function Notice({model}) {
  const problem = useProp(model, "problem")
  const [open, setOpen] = useState(false)
  if (!problem) { return null }
  const tone = problem.severity ?? "error"
  const possible = problem.possible ?? []
  return h(Box, {role: tone === "error" ? "alert" : "status", sx: {
    display: "flex", gap: 1.5, p: 2, borderRadius: 2, border: "1px solid", borderColor: `${tone}.main`, bgcolor: "background.paper", width: "100%",
  }},
  h(Icon, {name: SEVERITIES[tone], sx: {color: `${tone}.main`, mt: "1px"}}),
  h(Stack, {gap: 0.5, sx: {flex: 1}},
    h(Typography, {variant: "body1", sx: {fontWeight: 600, overflowWrap: "anywhere"}}, problem.what),
    problem.where && h(Typography, {variant: "body2", sx: {...muted, overflowWrap: "anywhere"}}, `Where: ${problem.where}`),
    possible.length > 0 && h(Typography, {variant: "body2", sx: {overflowWrap: "anywhere"}}, `Possible: ${possible.slice(0, 12).join(", ")}${possible.length > 12 ? ` and ${possible.length - 12} more` : ""}`),
    problem.remedy && h(Typography, {variant: "body2", sx: {overflowWrap: "anywhere"}}, problem.remedy),
    problem.details && h(Box, null,
      h(Button, {size: "small", onClick: () => setOpen(!open), "aria-expanded": open, sx: {px: 0, minWidth: 0}}, open ? "Hide details" : "Show details"),
      h(Collapse, {in: open}, h(Box, {component: "pre", tabIndex: 0, sx: {m: 0, mt: 0.5, fontSize: 12, overflow: "auto", maxHeight: 280, p: 1.5, borderRadius: 1.5, bgcolor: "action.hover", fontFamily: mono}}, problem.details)))))
}

/** Facts: a label and a value each. */
export function Facts({model}) {
  const items = useProp(model, "items")
  return h(Box, {component: "dl", sx: {display: "flex", flexWrap: "wrap", columnGap: 5, rowGap: 2, m: 0}}, items.map((item) =>
    h(Box, {key: item.label, sx: {minWidth: 64, maxWidth: "100%"}},
      h(Box, {component: "dt", sx: {fontSize: 12, ...muted}}, item.label),
      h(Box, {component: "dd", sx: {m: 0, mt: 0.25, fontSize: item.big ? 22 : 14, fontWeight: item.big ? 600 : 500, overflowWrap: "anywhere", ...tabular}},
        item.state ? h(State, {state: item.state, label: item.text})
          : item.to ? h(Link, {href: item.to, onClick: (e) => follow(e, item.to), underline: "hover"}, item.text)
            : h("span", {title: item.title}, item.text)))))
}

/** The parts of a tab, as links in a line. */
export function Parts({model}) {
  const [items, current] = [useProp(model, "items"), useProp(model, "current")]
  return h(Box, {component: "nav", "aria-label": "Parts", sx: {display: "flex", flexWrap: "wrap", gap: 0.5, borderBottom: "1px solid", borderColor: "divider"}}, items.map((item) => {
    const open = item.text === current
    return h(mui.ButtonBase, {key: item.to, component: "a", href: item.to, onClick: (e) => follow(e, item.to), "aria-current": open ? "page" : undefined, sx: {
      px: 1.5, py: 1, mb: "-1px", fontSize: 14, fontWeight: open ? 600 : 500, color: open ? "primary.main" : "text.secondary",
      borderBottom: "2px solid", borderColor: open ? "primary.main" : "transparent", "&:hover": {color: open ? "primary.main" : "text.primary"},
      "&:focus-visible": {outline: "2px solid", outlineColor: "primary.main", outlineOffset: -2},
    }}, item.text)
  }))
}

/** A button that asks first. */
export function Ask({model}) {
  const [label, question, disabled] = [useProp(model, "label"), useProp(model, "question"), useProp(model, "disabled")]
  const [open, setOpen] = useState(false)
  return h(Box, null,
    h(Button, {size: "small", variant: "outlined", color: "error", disabled, onClick: () => setOpen(true)}, label),
    h(Confirm, {ask: open ? question : null, onClose: () => setOpen(false), onYes: () => model.send_msg({type: "yes"})}))
}

/** Sentences, one a line; `tone` gives each an icon. */
export function Sentences({model}) {
  const items = useProp(model, "items")
  return h(Stack, {gap: 1}, items.map((item, i) => h(Box, {key: i, sx: {display: "flex", gap: 1.25, alignItems: "flex-start"}},
    h(Icon, {name: SEVERITIES[item.tone] ?? "check", size: 18, sx: {color: item.tone ? `${item.tone}.main` : "text.secondary", mt: "1px"}}),
    h(Typography, {variant: "body1", sx: {overflowWrap: "anywhere"}}, item.text))))
}

/** A quiet line of text. */
export function Words({model}) {
  return h(Typography, {variant: "body1", sx: {...muted, overflowWrap: "anywhere"}}, useProp(model, "text"))
}

/** The same step as a line of Python. */
export function Code({model}) {
  const [code, label] = [useProp(model, "code"), useProp(model, "label")]
  const [copied, setCopied] = useState(false)
  const copy = () => navigator.clipboard.writeText(code).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500) })
  return h(Box, {sx: {width: "100%"}},
    label && h(Typography, {variant: "body2", sx: {...muted, mb: 0.5}}, label),
    h(Box, {sx: {display: "flex", alignItems: "flex-start", gap: 1, bgcolor: "action.hover", borderRadius: 1.5, pl: 1.5, pr: 0.5, py: 0.5}},
      h(Box, {component: "pre", tabIndex: 0, "aria-label": label || "Code", sx: {m: 0, py: 0.75, flex: 1, fontFamily: mono, fontSize: 12.5, lineHeight: 1.6, overflowX: "auto", whiteSpace: "pre"}}, code),
      h(Tooltip, {title: copied ? "Copied" : "Copy"}, h(IconButton, {size: "small", "aria-label": "Copy the code", onClick: copy}, h(Icon, {name: copied ? "check" : "content_copy", size: 18})))))
}

/** What a job prints, newest at the bottom; stays at the bottom unless somebody scrolled up. */
export function Log({model}) {
  const text = useProp(model, "text")
  const box = useRef(null)
  const pinned = useRef(true)
  useEffect(() => { if (pinned.current && box.current) { box.current.scrollTop = box.current.scrollHeight } }, [text])
  return h(Box, {
    component: "pre", ref: box, tabIndex: 0, role: "log", "aria-label": "Log",
    onScroll: (e) => { pinned.current = e.target.scrollHeight - e.target.scrollTop - e.target.clientHeight < 24 },
    sx: {m: 0, p: 1.5, maxHeight: 260, overflow: "auto", fontFamily: mono, fontSize: 12, lineHeight: 1.55, borderRadius: 1.5, bgcolor: "action.hover", ...(text ? {} : muted)},
  }, text || "Nothing was printed yet.")
}

function span(seconds) {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) { return `${s} s` }
  if (s < 3600) { return `${Math.floor(s / 60)} min ${s % 60} s` }
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** How far something long is: bar, words, time gone and time left, Cancel. The seconds tick in the browser. */
export function Progress({model}) {
  const job = useProp(model, "job")
  const [now, setNow] = useState(() => Date.now())
  const [ask, setAsk] = useState(null)
  const skew = useRef(0)
  useEffect(() => { if (job?.now) { skew.current = job.now - Date.now() } }, [job])
  useEffect(() => {
    if (!job || job.ended) { return undefined }
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [job?.ended, job == null])
  if (!job) { return null }
  const at = now + skew.current
  const gone = job.started ? ((job.stopped ?? at) - job.started) / 1000 : null
  const left = job.until && !job.ended ? (job.until - at) / 1000 : null
  const times = [gone == null ? null : `${span(gone)} ${job.ended ? "in all" : "gone"}`, left == null ? null : left < 0.5 ? "finishing" : `about ${span(left)} left`].filter(Boolean)
  return h(Stack, {gap: 1, sx: {width: "100%"}},
    h(Box, {sx: {display: "flex", alignItems: "center", justifyContent: "space-between", gap: 2}},
      h(Box, {sx: {display: "flex", alignItems: "center", gap: 1.5, minWidth: 0, fontSize: 14}},
        h(State, {state: job.state, label: job.label}),
        h(Box, {component: "span", title: job.message, sx: {...muted, ...clipped}}, job.message)),
      h(Box, {sx: {display: "flex", alignItems: "center", gap: 2, flex: "none"}},
        h(Box, {component: "span", sx: {fontSize: 13, ...muted, ...tabular}}, times.join(" · ")),
        !job.ended && job.cancel && h(Button, {size: "small", variant: "outlined", color: "inherit", disabled: job.cancelling, onClick: () => setAsk(job.cancel)}, job.cancelling ? "Cancelling…" : "Cancel"))),
    !job.ended && h(LinearProgress, {
      "aria-label": job.label, variant: job.progress == null || job.state === "queued" ? "indeterminate" : "determinate",
      value: job.progress == null ? undefined : Math.round(job.progress * 1000) / 10, sx: {height: 6, borderRadius: 3},
    }),
    h(Confirm, {ask, onClose: () => setAsk(null), onYes: () => model.send_msg({type: "cancel"})}))
}

/** Chances per class of a prediction, largest first. */
export function Chances({model}) {
  const items = useProp(model, "items")
  return h(Stack, {gap: 0.75, sx: {width: "100%", maxWidth: 480}}, items.map((item) => h(Box, {key: item.label, sx: {display: "grid", gridTemplateColumns: "minmax(60px, 30%) 1fr 56px", gap: 1.5, alignItems: "center", fontSize: 13}},
    h(Box, {component: "span", title: item.label, sx: {...clipped, fontWeight: item.best ? 600 : 400}}, item.label),
    h(Box, {sx: {height: 8, borderRadius: 4, bgcolor: "action.hover"}}, h(Box, {sx: {height: 1, width: `${item.share * 100}%`, borderRadius: 4, bgcolor: item.best ? "primary.main" : "text.disabled", transition: "width 0.3s"}})),
    h(Box, {component: "span", sx: {textAlign: "right", ...tabular}}, item.text))))
}
