"use strict";var u=Object.defineProperty;var $=Object.getOwnPropertyDescriptor;var x=Object.getOwnPropertyNames;var S=Object.prototype.hasOwnProperty;var b=(e,n)=>{for(var t in n)u(e,t,{get:n[t],enumerable:!0})},w=(e,n,t,r)=>{if(n&&typeof n=="object"||typeof n=="function")for(let o of x(n))!S.call(e,o)&&o!==t&&u(e,o,{get:()=>n[o],enumerable:!(r=$(n,o))||r.enumerable});return e};var C=e=>w(u({},"__esModule",{value:!0}),e);var P={};b(P,{completionScript:()=>v});module.exports=C(P);var f=["python","recommended","all","hadolint","buildkit"];var y=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var m=require("./help.js"),O=["bash","zsh","fish"];function v(e,n){let t=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),r=m.HELP_COMMANDS.map(i=>({...i,completions:_(i,t)}));return{bash:M,zsh:j,fish:E}[e](r,t)}function _({name:e,options:n},t){return[...n.flatMap(({written:r,lines:[o=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(r)??[];return i===void 0||s===void 0?[]:[{long:i,text:o,values:s===""||s.startsWith("[=")?void 0:k(e,i,t)}]}),{long:"help",text:"what the command takes",values:void 0}]}function k(e,n,t){switch(n){case"preset":return f;case"fail-on":return["error","warning","info","never"];case"color":return["auto","always","never"];case"engine":return["docker","podman"];case"select":case"ignore":case"fix-rule":return t;case"format":return e==="lint"?y:e==="inspect"?["text","json","markdown"]:e==="rules"||e==="config"?["text","json"]:["markdown","json"];default:return[]}}function p({name:e},n){return e==="explain"?n:e==="completions"?O:[]}function M(e,n){let t=e.map(r=>{let i=r.completions.filter(({values:l})=>l!==void 0).map(({long:l,values:a=[]})=>a.length===0?`        --${l}) return ;;`:`        --${l}) words='${a.join(" ")}' ;;`),s=r.completions.map(({long:l})=>`--${l}`).join(" ");return`    ${r.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${p(r,n).join(" ")}' ;; esac ;;
      esac ;;`});return`# plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words=''
  COMPREPLY=()
  # bash takes --format=json apart at the sign.
  if [ "$previous" = = ] && [ "$COMP_CWORD" -gt 2 ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$current" = = ]; then current=''; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${e.map(({name:r})=>r).join("|")}) command=$word; break ;; esac
  done
  case $command in
${t.join(`
`)}
    *) words='${e.map(({name:r})=>r).join(" ")} --help --version' ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function j(e,n){let t=e.map(r=>{let o=r.completions.map(({long:s,text:l,values:a})=>{let d=l.replace(/[[\]:']/g," ");return a===void 0?`'--${s}[${d}]'`:`'*--${s}[${d}]:${s}:${a.length===0?"_files":`(${a.join(" ")})`}'`}),i=p(r,n);return`    (${r.name}) _arguments -S ${[...o,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${e.map(({name:r,summary:o})=>`'${r}[${o.replace(/[[\]:']/g," ")}]'`).join(" ")} ;;
    (rest) case $words[1] in
${t.join(`
`)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`}function E(e,n){let t=o=>`'${o.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(o=>{let{name:i,summary:s,completions:l}=o,a=`complete -c plimsoll -n ${t(`__fish_seen_subcommand_from ${i}`)}`,d=p(o,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${t(s)}`,...l.map(({long:g,text:h,values:c})=>{let R=c===void 0?"":c.length===0?" -r":` -x -a ${t(c.join(" "))}`;return`${a} -l ${g}${R} -d ${t(h)}`}),...d.length===0?[]:[`${a} -f -a ${t(d.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
