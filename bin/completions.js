"use strict";var u=Object.defineProperty;var k=Object.getOwnPropertyDescriptor;var E=Object.getOwnPropertyNames;var M=Object.prototype.hasOwnProperty;var j=(e,n)=>{for(var o in n)u(e,o,{get:n[o],enumerable:!0})},P=(e,n,o,t)=>{if(n&&typeof n=="object"||typeof n=="function")for(let r of E(n))!M.call(e,r)&&r!==o&&u(e,r,{get:()=>n[r],enumerable:!(t=k(n,r))||t.enumerable});return e};var F=e=>P(u({},"__esModule",{value:!0}),e);var U={};j(U,{completionScript:()=>A});module.exports=F(U);var C=require("./help.js");var h=["python","recommended","all","hadolint","buildkit"];var x=["text","concise","json","sarif","github","gitlab","junit","checkstyle","markdown","html"];var R={preset:h,"fail-on":["error","warning","info","never"],color:["auto","always","never"],engine:["docker","podman"]},$={lint:x,advise:["markdown","json"],prove:["markdown","json"],inspect:["text","json","markdown"],rules:["text","json"],config:["text","json"]},S=["bash","zsh","fish"],w={switches:["fix","unsafe-fixes","diff","show-suppressed","statistics","verbose","update-baseline","add-suppressions","force-exclude","watch"],valued:["stdin-filename","fix-rule","shellcheck","baseline","reason"]},O={switches:["no-progress","insecure"],valued:["platform","image","dockerfile","base-layers","top","min-efficiency","max-wasted"]},b={switches:["keep"],valued:["network","engine"]},T=["target","context","build-arg"],L=["pedantic","isolated",...w.switches,...O.switches,...b.switches,"help","version"],I=["format","output-file","color","select","ignore","fail-on","preset","config",...w.valued,...O.valued,...b.valued,...T,"from-hadolint"],Q=[...L,...I];function A(e,n){let o=[...new Set(n.flatMap(({meta:i})=>[i.id,i.family]))].toSorted(),t=C.HELP_COMMANDS.map(i=>({...i,completions:W(i,o)}));return{bash:H,zsh:N,fish:V}[e](t,o)}var p=["select","ignore","fix-rule"];function W({name:e,options:n},o){return[...n.flatMap(({written:t,lines:[r=""]})=>{let[,i,s]=/--([\w-]+)(.*)$/.exec(t)??[];return i===void 0||s===void 0?[]:[{long:i,text:r,values:s===""||s.startsWith("[=")?void 0:D(e,i,o)}]}),{long:"help",text:"what the command takes",values:void 0}]}function D(e,n,o){return n==="format"?$[e]:p.includes(n)?o:R[n]??[]}function m({name:e},n){return e==="explain"?n:e==="completions"?S:[]}function H(e,n){let o=e.map(t=>{let i=t.completions.filter(({values:l})=>l!==void 0).map(({long:l,values:a=[]})=>a.length===0?`        --${l}) return ;;`:`        --${l}) words='${a.join(" ")}' ;;`),s=t.completions.map(({long:l})=>`--${l}`).join(" ");return`    ${t.name})
      case $previous in
${i.join(`
`)}${i.length===0?"":`
`}        *) case $current in -*) words='${s}' ;; *) words='${m(t,n).join(" ")}' ;; esac ;;
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
${o.join(`
`)}
    *) words='${e.map(({name:t})=>t).join(" ")} --help --version' ;;
  esac
  case $previous in ${p.map(t=>`--${t}`).join("|")}) kept=\${current%"\${current##*,}"} ;; esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -P "$kept" -W "$words" -- "\${current#"$kept"}")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`}function N(e,n){let o=e.map(t=>{let r=t.completions.map(({long:s,text:l,values:a})=>{let d=l.replace(/[[\]:']/g," ");if(a===void 0)return`'--${s}[${d}]'`;let c=p.includes(s)?`_values -s , ${s} ${a.join(" ")}`:`(${a.join(" ")})`;return`'*--${s}[${d}]:${s}:${a.length===0?"_files":c}'`}),i=m(t,n);return`    (${t.name}) _arguments -S ${[...r,`'*:what:${i.length===0?"_files":`(${i.join(" ")})`}'`].join(" ")} ;;`});return`#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${e.map(({name:t,summary:r})=>`'${t}[${r.replace(/[[\]:']/g," ")}]'`).join(" ")} ;;
    (rest) case $words[1] in
${o.join(`
`)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`}function V(e,n){let o=r=>`'${r.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`;return`# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${e.flatMap(r=>{let{name:i,summary:s,completions:l}=r,a=`complete -c plimsoll -n ${o(`__fish_seen_subcommand_from ${i}`)}`,d=m(r,n);return[`complete -c plimsoll -n __fish_use_subcommand -f -a ${i} -d ${o(s)}`,...l.map(({long:c,text:v,values:g})=>{let f=p.includes(c)?`(__fish_append , ${g?.join(" ")})`:g?.join(" "),_=f===void 0?"":f===""?" -r":` -x -a ${o(f)}`;return`${a} -l ${c}${_} -d ${o(v)}`}),...d.length===0?[]:[`${a} -f -a ${o(d.join(" "))}`]]}).join(`
`)}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`}0&&(module.exports={completionScript});
