"use strict";var m=Object.defineProperty;var A=Object.getOwnPropertyDescriptor;var _=Object.getOwnPropertyNames;var M=Object.prototype.hasOwnProperty;var j=(e,n)=>{for(var r in n)m(e,r,{get:n[r],enumerable:!0})},L=(e,n,r,t)=>{if(n&&typeof n=="object"||typeof n=="function")for(let o of _(n))!M.call(e,o)&&o!==r&&m(e,o,{get:()=>n[o],enumerable:!(t=A(n,o))||t.enumerable});return e};var T=e=>L(m({},"__esModule",{value:!0}),e);var z={};j(z,{completionScript:()=>V});module.exports=T(z);var y=["python","recommended","all","hadolint","buildkit"];var w=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var $={preset:y,"fail-on":["error","warning","info","never"],color:["auto","always","never"],engine:["docker","podman"]},b={lint:w,advise:["markdown","json"],prove:["markdown","json"],inspect:["text","json","markdown"],rules:["text","json"],config:["text","json"]},v=["bash","zsh","fish"],R={switches:["fix","unsafe-fixes","diff","show-suppressed","statistics","verbose","update-baseline","add-suppressions","force-exclude","watch"],valued:["stdin-filename","fix-rule","shellcheck","baseline","reason"]},k={switches:["no-progress","insecure"],valued:["platform","image","dockerfile","base-layers","top","min-efficiency","max-wasted"]},O={switches:["keep"],valued:["network","engine"]},I=["target","context","build-arg"],P=["pedantic","isolated",...R.switches,...k.switches,...O.switches,"help","version"],D=["format","output-file","color","select","ignore","fail-on","preset","config",...R.valued,...k.valued,...O.valued,...I,"from-hadolint"],xe=[...P,...D];var S=require("./help.js");function V(e,n){let r=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),t=S.HELP_COMMANDS.map(i=>({...i,completions:W(i,r)}));return{bash:H,zsh:U,fish:B}[e](t,r)}var u=["select","ignore","fix-rule"];function W({name:e,options:n},r){return[...n.flatMap(({written:t,lines:[o=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(t)??[];return i===void 0||s===void 0?[]:[{long:i,text:o,values:s===""||s.startsWith("[=")?void 0:N(e,i,r)}]}),{long:"help",text:"what the command takes",values:void 0}]}function N(e,n,r){return n==="format"?b[e]:u.includes(n)?r:$[n]??[]}function g({name:e},n){return e==="explain"?n:e==="completions"?v:[]}function H(e,n){let r=e.map(t=>{let i=t.completions.filter(({values:a})=>a!==void 0).map(({long:a,values:l=[]})=>l.length===0?`        --${a}) return ;;`:`        --${a}) words='${l.join(" ")}' ;;`),s=t.completions.map(({long:a})=>`--${a}`).join(" ");return`    ${t.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${g(t,n).join(" ")}' ;; esac ;;
      esac ;;`});return`# plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words='' kept=''
  COMPREPLY=()
  # bash takes --format=json apart at the sign.
  if [ "$previous" = = ] && [ "$COMP_CWORD" -gt 2 ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$current" = = ]; then current=''; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${e.map(({name:t})=>t).join("|")}) command=$word; break ;; esac
  done
  case $command in
${r.join(`
`)}
    *) words='${e.map(({name:t})=>t).join(" ")} --help --version' ;;
  esac
  case $previous in ${u.map(t=>`--${t}`).join("|")}) kept=\${current%"\${current##*,}"} ;; esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -P "$kept" -W "$words" -- "\${current#"$kept"}")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function U(e,n){let r=e.map(t=>{let o=t.completions.map(({long:s,text:a,values:l})=>{let f=a.replace(/[[\]:']/g," ");if(l===void 0)return`'--${s}[${f}]'`;let c=u.includes(s)?`_values -s , ${s} ${l.join(" ")}`:`(${l.join(" ")})`;return`'*--${s}[${f}]:${s}:${l.length===0?"_files":c}'`}),i=g(t,n);return`    (${t.name}) _arguments -S ${[...o,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${e.map(({name:t,summary:o})=>`'${t}[${o.replace(/[[\]:']/g," ")}]'`).join(" ")} ;;
    (rest) case $words[1] in
${r.join(`
`)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`}function B(e,n){let r=o=>`'${o.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(o=>{let{name:i,summary:s,completions:a}=o,l=`complete -c plimsoll -n ${r(`__fish_seen_subcommand_from ${i}`)}`,f=g(o,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${r(s)}`,...a.map(({long:c,text:E,values:h})=>{let p=u.includes(c)?`(__fish_append , ${h?.join(" ")})`:h?.join(" "),C=p===void 0?"":p===""?" -r":` -x -a ${r(p)}`;return`${l} -l ${c}${C} -d ${r(E)}`}),...f.length===0?[]:[`${l} -f -a ${r(f.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
