// Takes a file and streams it over HTTP to the server's disk; the session is told only what it is called there.
import {h, mui, useRef, useState, useProp, Icon, Stack, muted, tabular} from "./base.js"

const {Box, Button, LinearProgress, Typography} = mui

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"]
  let i = 0
  while (bytes >= 1000 && i < units.length - 1) { bytes /= 1000; i += 1 }
  return `${bytes >= 100 || i === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[i]}`
}

function problemOf(request) {
  try {
    const {error} = JSON.parse(request.responseText)
    if (error?.what) { return error }
  } catch { /* not one of our answers */ }
  if (request.status === 404) {
    return {what: "This server takes no files.", remedy: "Start the workbench with: modelyard up"} // as under `panel serve`
  }
  return {what: "The file could not be sent.", where: `HTTP ${request.status || "no answer"}`, remedy: "Check that the server is still running, then try again."}
}

function send(file, url, {onProgress, onDone, onFail, onStop}) {
  const request = new XMLHttpRequest()
  request.open("POST", `${url}?name=${encodeURIComponent(file.name)}`)
  request.setRequestHeader("Content-Type", "application/octet-stream")
  request.upload.onprogress = (e) => { if (e.lengthComputable) { onProgress(e.loaded, e.total) } }
  request.onload = () => (request.status >= 200 && request.status < 300 ? onDone(JSON.parse(request.responseText)) : onFail(problemOf(request)))
  request.onerror = () => onFail(problemOf(request))
  request.onabort = onStop
  request.send(file)
  return request
}

function Sending({file, done, onCancel}) {
  const share = file.size > 0 ? done / file.size : 0
  return h(Stack, {gap: 1, sx: {width: "100%", maxWidth: 460, mx: "auto"}},
    h(Box, {sx: {display: "flex", justifyContent: "space-between", gap: 2, alignItems: "center"}},
      h(Typography, {variant: "body1", sx: {fontWeight: 600, overflowWrap: "anywhere", textAlign: "left"}}, file.name),
      h(Button, {size: "small", color: "inherit", variant: "outlined", onClick: onCancel}, "Cancel")),
    h(LinearProgress, {"aria-label": "Sending", variant: "determinate", value: share * 100, sx: {height: 6, borderRadius: 3}}),
    h(Typography, {variant: "body2", sx: {...muted, ...tabular, textAlign: "left"}}, `${size(done)} of ${size(file.size)} sent`))
}

export function DropZone({model}) {
  const [title, note, accept, url] = [useProp(model, "title"), useProp(model, "note"), useProp(model, "accept"), useProp(model, "url")]
  const [file, setFile] = useState(null)
  const [done, setDone] = useState(0)
  const [over, setOver] = useState(false)
  const input = useRef(null)
  const request = useRef(null)
  const end = (message) => { setFile(null); setDone(0); request.current = null; if (message) { model.send_msg(message) } }
  const take = (taken) => {
    if (!taken || request.current) { return }
    model.send_msg({type: "started", name: taken.name, size: taken.size})
    setFile(taken)
    request.current = send(taken, url, {
      onProgress: (loaded) => setDone(Math.min(loaded, taken.size)),
      onDone: (answer) => end({type: "uploaded", ...answer}),
      onFail: (error) => end({type: "failed", error}),
      onStop: () => end({type: "cancelled"}),
    })
  }
  return h(Box, {
    onDragOver: (e) => { e.preventDefault(); setOver(true) }, onDragLeave: () => setOver(false),
    onDrop: (e) => { e.preventDefault(); setOver(false); take(e.dataTransfer.files[0]) },
    sx: {
      border: "1.5px dashed", borderColor: over ? "primary.main" : "text.disabled", bgcolor: over ? "action.selected" : "transparent", borderRadius: 2,
      px: 3, py: 3.5, textAlign: "center", width: "100%", transition: "border-color 0.15s, background-color 0.15s",
    },
  }, file ? h(Sending, {file, done, onCancel: () => request.current?.abort()}) : h(Stack, {gap: 0.75, sx: {alignItems: "center"}},
    h(Icon, {name: "upload_file", size: 28, sx: {color: "primary.main"}}),
    h(Typography, {variant: "h3"}, title),
    h(Typography, {variant: "body2", sx: muted}, note),
    h(Button, {variant: "contained", sx: {mt: 1}, onClick: () => input.current.click()}, "Choose a file"),
    h("input", {ref: input, type: "file", accept, style: {display: "none"}, "aria-label": "File", onChange: (e) => { take(e.target.files[0]); e.target.value = "" }})))
}
