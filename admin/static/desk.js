// Hands the ticket over without a second press. The page is left for good: going back must not show a used ticket.
document.getElementById("ticket").submit();
